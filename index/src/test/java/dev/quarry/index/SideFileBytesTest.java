package dev.quarry.index;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One file beside an index, byte by byte; what an index does with them is in SideFileTest. */
final class SideFileBytesTest {
  private static final int LIST = 0x1234_5678;
  private static final int HEADER = 16;

  @TempDir Path directory;

  private Path path;

  @BeforeEach
  void name() {
    path = directory.resolve(SideFile.KEYS);
  }

  private static byte[] content(int length) {
    byte[] content = new byte[length];
    new Random(length).nextBytes(content);
    return content;
  }

  private void write(byte[] content) {
    ByteBuffer body = ByteBuffer.wrap(content);
    SideFile.write(path, LIST, body);
    assertThat(body.remaining()).as("the body can be used on").isEqualTo(content.length);
  }

  private byte[] read(int list) throws IOException {
    ByteBuffer body = SideFile.read(path, list);
    if (body == null) {
      return null;
    }
    assertThat(body.isDirect()).isTrue();
    assertThat(body.order()).isEqualTo(ByteOrder.LITTLE_ENDIAN);
    byte[] found = new byte[body.remaining()];
    body.get(found);
    return found;
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 7, 16, 5_000, 3_000_000})
  void a_body_is_read_as_it_was_written(int length) throws IOException {
    assertThat(read(LIST)).as("before").isNull();
    write(content(length));
    assertThat(Files.size(path)).isEqualTo(HEADER + length);
    assertThat(read(LIST)).isEqualTo(content(length));
    assertThat(read(LIST + 1)).as("for another list").isNull();
  }

  @Test
  void a_part_of_a_buffer_is_written_alone() throws IOException {
    byte[] content = content(100);
    SideFile.write(path, LIST, ByteBuffer.wrap(content, 20, 30));
    assertThat(read(LIST)).isEqualTo(Arrays.copyOfRange(content, 20, 50));
  }

  @Test
  void a_shorter_body_takes_the_place_of_a_longer_one() throws IOException {
    write(content(500));
    write(content(20));
    assertThat(read(LIST)).isEqualTo(content(20));
  }

  @Test
  void no_byte_can_be_another() throws IOException {
    write(content(20));
    byte[] bytes = Files.readAllBytes(path);
    for (int at = 0; at < bytes.length; at++) {
      byte[] other = bytes.clone();
      other[at] ^= 1;
      Files.write(path, other);
      assertThat(read(LIST)).as("byte %d", at).isNull();
    }
    Files.write(path, bytes);
    assertThat(read(LIST)).isEqualTo(content(20));
  }

  @Test
  void a_file_of_another_length_is_not_believed() throws IOException {
    write(content(20));
    byte[] bytes = Files.readAllBytes(path);
    for (int length = 0; length < 60; length++) {
      Files.write(path, Arrays.copyOf(bytes, length));
      assertThat(read(LIST)).as("length %d", length).isEqualTo(length == 36 ? content(20) : null);
    }
  }

  /** What is longer than a buffer can be is not read, whatever it begins with. */
  @Test
  void a_file_larger_than_memory_takes_is_not_believed() throws IOException {
    write(new byte[0]);
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.allocate(1), HEADER + (1L << 31));
    }
    assertThat(read(LIST)).isNull();
  }

  @Test
  void what_cannot_be_written_leaves_nothing_behind() throws IOException {
    Files.createDirectory(path);
    assertThat(read(LIST)).as("a folder").isNull();
    write(content(20));
    assertThat(path).doesNotExist();
    path = directory.resolve("no folder").resolve("name");
    write(content(20));
    assertThat(path).doesNotExist();
  }
}
