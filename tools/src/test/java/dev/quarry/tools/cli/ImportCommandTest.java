package dev.quarry.tools.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code import} tells of what it could not read. */
class ImportCommandTest {
  @TempDir private Path directory;

  private Runner quarry;

  @BeforeEach
  void setUp() {
    quarry = new Runner(directory).variable("QUARRY_DB", "store");
  }

  @Test
  void quietHidesRemarksAndNoErrors() throws IOException {
    StringBuilder text = new StringBuilder("{\"id\":\"A\"}\n{\"id\":\"A\"}\n");
    text.append("{\n".repeat(30));
    Files.writeString(directory.resolve("x.jsonl"), text);
    Runner.Result result = quarry.run("-q", "import", "x.jsonl");
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err().lines().filter(l -> l.matches("error: .*x.jsonl:3:.*"))).hasSize(1);
    assertThat(result.err()).contains("... 10 more errors").doesNotContain("warning");
    assertThat(quarry.run("import", "x.jsonl").err()).contains("warning: ");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aFileThatBreaksOffIsReportedWithWhatWasRead(boolean isLarge) throws IOException {
    int tasks = isLarge ? 20_000 : 200;
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (OutputStream out = new GZIPOutputStream(bytes)) {
      for (int i = 0; i < tasks; i++) {
        String line = "{\"id\":\"T-" + i + "\",\"title\":\"number " + i * 7_919 + "\"}\n";
        out.write(line.getBytes(StandardCharsets.UTF_8));
      }
    }
    Path cut = directory.resolve("cut.jsonl.gz");
    Files.write(cut, Arrays.copyOf(bytes.toByteArray(), bytes.size() / 2));
    Runner.Result result = quarry.run("import", "cut.jsonl.gz");
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err()).contains("error: ").contains("cut.jsonl.gz: cannot be read: ");
    assertThat(result.out()).contains("errors 1").containsPattern("created [1-9]");
    String created = result.out().replaceFirst("(?s).*created ([0-9,]+).*", "$1").replace(",", "");
    assertThat(quarry.run("count").out()).isEqualTo(created + "\n");
  }

  @Test
  void aFileThatCannotBeReadAtAllIsNamed() throws IOException {
    Files.write(directory.resolve("bad.jsonl.gz"), new byte[] {0x1f, (byte) 0x8b, 8, 0});
    Runner.Result result = quarry.run("import", "bad.jsonl.gz");
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err()).contains("error: cannot read ").contains("bad.jsonl.gz\nwhy: ");
  }
}
