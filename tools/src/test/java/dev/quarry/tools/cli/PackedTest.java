package dev.quarry.tools.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.luben.zstd.ZstdInputStream;
import com.github.luben.zstd.ZstdOutputStream;
import dev.quarry.Task;
import dev.quarry.TaskStore;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Import and export of packed files. */
class PackedTest {
  @TempDir private Path directory;

  private Runner quarry;

  @BeforeEach
  void setUp() {
    quarry = new Runner(directory).variable("QUARRY_DB", "store");
  }

  private String ok(String... args) {
    Runner.Result result = quarry.run(args);
    assertThat(result.exitCode()).as(result.err()).isZero();
    return result.out();
  }

  private void fill() {
    try (TaskStore store = TaskStore.open(directory.resolve("store"))) {
      List<Task> tasks = new ArrayList<>();
      for (int i = 0; i < 500; i++) {
        tasks.add(Task.builder("T-" + i, "Task number " + i).tag("t" + i % 7).build());
      }
      store.insertAll(tasks);
    }
  }

  private static byte[] unpacked(Path file) throws Exception {
    byte[] bytes = Files.readAllBytes(file);
    try (InputStream raw = new ByteArrayInputStream(bytes);
        InputStream in =
            file.toString().endsWith(".gz") ? new GZIPInputStream(raw) : new ZstdInputStream(raw)) {
      return in.readAllBytes();
    }
  }

  @ParameterizedTest
  @CsvSource({"jsonl,.gz", "jsonl,.zst", "json,.zst", "csv,.gz", "csv,.ZST", "md,.gz"})
  void whatIsExportedPackedIsThePlainExportAndImportsAgain(String format, String ending)
      throws Exception {
    fill();
    String plain = "plain." + format;
    String packed = "packed." + format + ending;
    ok("export", "--format", format, "-o", plain);
    ok("export", "--format", format, "-o", packed);
    Path file = directory.resolve(packed);
    byte[] expected = Files.readAllBytes(directory.resolve(plain));
    assertThat(unpacked(file)).isEqualTo(expected);
    assertThat(Files.size(file)).isLessThan(expected.length / 2);
    assertThat(ok("--db", "other", "import", packed)).contains("created 500, updated 0");
    assertThat(ok("--db", "other", "export")).isEqualTo(ok("export"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"all.jsonl", "all.jsonl.gz", "all.csv.zst"})
  void anExportThatFailsLeavesWhatWasThere(String name) throws Exception {
    try (TaskStore store = TaskStore.open(directory.resolve("store"))) {
      List<Task> tasks = new ArrayList<>();
      for (int i = 0; i < 20_000; i++) {
        tasks.add(Task.builder("T-" + i, "t").description("words " + i * 7_919L).build());
      }
      store.insertAll(tasks);
      store.compact();
    }
    Path target = directory.resolve(name);
    Files.writeString(target, "what was there");
    String records =
        TaskStore.inspect(directory.resolve("store")).files().stream()
            .filter(file -> file.family().equals("records"))
            .findFirst()
            .orElseThrow()
            .name();
    Path table = directory.resolve("store").resolve("data").resolve(records);
    byte[] bytes = Files.readAllBytes(table);
    bytes[bytes.length / 2] ^= 1;
    Files.write(table, bytes);
    assertThat(quarry.run("export", "-o", name).exitCode()).isNotZero();
    assertThat(target).hasContent("what was there");
    try (Stream<Path> files = Files.list(directory)) {
      assertThat(files.map(file -> file.getFileName().toString())).containsOnly("store", name);
    }
  }

  @Test
  void packedFilesOfAFolderAreTaken() throws Exception {
    Path folder = Files.createDirectory(directory.resolve("tasks"));
    try (OutputStream out =
        new ZstdOutputStream(Files.newOutputStream(folder.resolve("first.md.zst")))) {
      out.write("---\ntitle: first\n---\n".getBytes(StandardCharsets.UTF_8));
    }
    Files.writeString(folder.resolve("second.md"), "---\ntitle: second\n---\n");
    ok("import", "tasks");
    // the id is the name without both endings
    assertThat(ok("show", "first", "--format", "json")).contains("\"title\":\"first\"");
  }

  @ParameterizedTest
  @ValueSource(strings = {".gz", ".zst"})
  void aFileThatIsCutIsAnErrorWithItsName(String ending) throws Exception {
    fill();
    ok("export", "-o", "all.jsonl" + ending);
    Path folder = Files.createDirectory(directory.resolve("tasks"));
    byte[] bytes = Files.readAllBytes(directory.resolve("all.jsonl" + ending));
    Files.write(folder.resolve("cut.jsonl" + ending), Arrays.copyOf(bytes, bytes.length / 2));
    Files.writeString(folder.resolve("whole.jsonl"), "{\"id\":\"W\",\"title\":\"w\"}\n");
    Runner.Result result = quarry.run("--db", "o", "import", "--format", "jsonl", "tasks");
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err()).contains("error: cut.jsonl" + ending + ": cannot be read: ");
    assertThat(quarry.run("--db", "o", "show", "W").exitCode()).isZero();
  }
}
