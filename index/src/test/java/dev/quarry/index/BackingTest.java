package dev.quarry.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A sparse file gets room on its device ahead of what is written, and keeps its content. */
final class BackingTest {
  private static final int LENGTH = 4 << 20;
  private static final int STEP = 256 << 10;

  @TempDir Path directory;

  private Path file;
  private Backing backing;

  @BeforeEach
  void create() throws IOException {
    file = directory.resolve("entries");
    write();
    backing = new Backing(file, LENGTH);
  }

  /** A file of holes, but for a byte here and there. */
  private void write() throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      for (int at : new int[] {5, STEP + 9, 2 << 20, LENGTH - 1}) {
        channel.write(ByteBuffer.wrap(new byte[] {(byte) (at % 100 + 1)}), at);
      }
    }
  }

  private long room() throws IOException {
    return room(file);
  }

  /** What a file takes of its device. */
  static long room(Path file) throws IOException {
    Process stat = new ProcessBuilder("stat", "-c", "%b", file.toString()).start();
    byte[] blocks = stat.getInputStream().readAllBytes();
    return Long.parseLong(new String(blocks, StandardCharsets.US_ASCII).strip()) * 512;
  }

  @Test
  void room_is_given_in_steps_and_to_the_end_at_most() throws IOException {
    byte[] content = Files.readAllBytes(file);
    long bare = room();
    backing.upTo(0);
    assertThat(room()).isEqualTo(bare);
    backing.upTo(1);
    long first = room();
    assertThat(first).isBetween(bare + STEP / 2, bare + 2 * STEP);
    backing.upTo(STEP + 1); // there is room ahead
    assertThat(room()).isEqualTo(first);
    backing.upTo(STEP + 2);
    assertThat(room()).isBetween(first + STEP / 2, first + 2 * STEP);
    assertThat(Files.readAllBytes(file)).isEqualTo(content);
    backing.upTo(10L * LENGTH);
    assertThat(room()).isGreaterThanOrEqualTo(LENGTH);
    assertThat(Files.size(file)).isEqualTo(LENGTH).isEqualTo(backing.length());
    assertThat(Files.readAllBytes(file)).isEqualTo(content);
  }

  @Test
  void what_was_written_before_is_not_written_again() throws IOException {
    long bare = room();
    backing.skipTo(LENGTH / 2);
    backing.skipTo(5); // never back
    backing.upTo(LENGTH / 2);
    assertThat(room()).isEqualTo(bare);
    backing.upTo(LENGTH / 2 + 1);
    assertThat(room()).isBetween(bare + STEP / 2, bare + 2 * STEP);
    backing.skipTo(2L * LENGTH);
    long room = room();
    backing.upTo(LENGTH);
    assertThat(room()).isEqualTo(room);
  }

  @Test
  void what_is_refused_can_be_asked_for_again() throws IOException {
    Files.delete(file);
    assertThatThrownBy(() -> backing.upTo(100))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("room");
    write();
    long bare = room();
    backing.upTo(100);
    assertThat(room()).isGreaterThan(bare);
  }

  /** Cut by somebody else: it must not be filled up, nor waited for. */
  @Test
  void a_file_that_ends_earlier_stays_as_it_is() throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.truncate(STEP / 2);
    }
    backing.upTo(LENGTH);
    assertThat(Files.size(file)).isEqualTo(STEP / 2);
  }
}
