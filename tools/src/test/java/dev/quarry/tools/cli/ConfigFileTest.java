package dev.quarry.tools.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.tools.config.Setting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code config set} and {@code config check}. */
class ConfigFileTest {
  private static final String FILE = "quarry.yaml";

  @TempDir private Path directory;

  private Runner quarry;

  @BeforeEach
  void setUp() {
    quarry = new Runner(directory).variable("QUARRY_CONFIG", FILE);
  }

  private Path file() {
    return directory.resolve(FILE);
  }

  private String text() throws IOException {
    return Files.readString(file());
  }

  private Runner.Result set(int code, String... keyAndValue) {
    Runner.Result result = quarry.run("config", "set", keyAndValue[0], keyAndValue[1]);
    assertThat(result.exitCode()).as(result.out() + result.err()).isEqualTo(code);
    return result;
  }

  private void assertSet(String before, String key, String value, String after) throws IOException {
    Files.writeString(file(), before);
    set(0, key, value);
    assertThat(text()).isEqualTo(after);
    try (Stream<Path> files = Files.list(directory)) {
      assertThat(files).as("nothing is left beside it").containsExactly(file());
    }
  }

  @Test
  void keepsCommentsAndOrder() throws IOException {
    String text =
        """
        # mine
        io:
          batch_size: 100   # tasks
          # file_buffer_size: 1

        cache:   # both
            records_mb: '5'
        # end
        """;
    assertSet(
        text,
        "io.batch_size",
        "70",
        text.replace("batch_size: 100   # tasks", "batch_size: 70   # tasks"));
    assertSet(text, "cache.records_mb", "6", text.replace("'5'", "6"));
    assertSet(
        text,
        "io.file_buffer_size",
        "9",
        text.replace("# tasks\n", "# tasks\n  file_buffer_size: 9\n"));
    assertSet(text, "cache.blocks_mb", "8", text.replace("'5'\n", "'5'\n    blocks_mb: 8\n"));
    assertSet(text, "write.durability", "sync", text + "\nwrite:\n  durability: sync\n");
  }

  @Test
  void fitsIntoWhatThereIs() throws IOException {
    assertSet("", "io.batch_size", "7", "io:\n  batch_size: 7\n");
    assertSet("io:\n", "io.batch_size", "7", "io:\n  batch_size: 7\n");
    assertSet(
        "io: # later\n  # batch_size: 1\nwrite:\n",
        "io.batch_size",
        "7",
        "io: # later\n  batch_size: 7\n  # batch_size: 1\nwrite:\n");
    assertSet("io:\n  batch_size:\n", "io.batch_size", "7", "io:\n  batch_size: 7\n");
    assertSet("io:\n  batch_size: 1", "io.batch_size", "7", "io:\n  batch_size: 7\n");
    assertSet(
        "io:\r\n  batch_size: 1\r\n",
        "query.timeout_seconds",
        "5",
        "io:\r\n  batch_size: 1\r\n\r\nquery:\r\n  timeout_seconds: 5\r\n");
    assertSet("io: {batch_size: 1}\n", "io.batch_size", "7", "io: {batch_size: 7}\n");
    assertSet(
        "write:\n  actor: \"\u00e9 x\" # who\n",
        "write.actor",
        "it's: #1",
        "write:\n  actor: 'it''s: #1' # who\n");
    assertSet("write:\n  actor: x\n", "write.actor", "", "write:\n  actor: ''\n");
  }

  @Test
  void theShippedFileTakesEverySetting() throws IOException {
    String shipped = Files.readString(Path.of("..", "config", "performance.yaml"));
    Files.writeString(file(), shipped);
    for (Setting setting : Setting.values()) {
      String value =
          switch (setting) {
            case DURABILITY -> "sync";
            case DISK_CACHE, ABSENT_BLOCK, PARALLEL -> "false";
            case ACTOR -> "null";
            default -> "4321";
          };
      set(0, setting.key(), value);
      assertThat(
              quarry
                  .run("config", "show", "--format", "tsv", "--fields", "name,value,origin")
                  .out())
          .contains(setting.key() + "\t" + value + "\tfile\n");
    }
    List<String> comments = shipped.lines().filter(line -> line.startsWith("#")).toList();
    assertThat(text().lines().filter(line -> line.startsWith("#"))).isEqualTo(comments);
    assertThat(quarry.run("config", "check").exitCode()).isZero();
  }

  @Test
  void saysWhatItDid() throws IOException {
    assertThat(set(0, "io.batch_size", "70").out()).isEqualTo("io.batch_size default -> 70\n");
    assertThat(text()).isEqualTo("io:\n  batch_size: 70\n");
    Runner.Result json = quarry.run("config", "set", "io.batch_size", "80", "--format", "jsonl");
    assertThat(json.out())
        .isEqualTo(
            "{\"key\":\"io.batch_size\",\"before\":\"70\",\"value\":\"80\",\"file\":\""
                + file()
                + "\"}\n");
    quarry.variable("QUARRY_IO_BATCH_SIZE", "90");
    assertThat(set(0, "io.batch_size", "81").err())
        .contains("QUARRY_IO_BATCH_SIZE is set, to 90, and wins");
    Files.writeString(file(), "io:\n  batch_size: 0\n  chunk: 1\n");
    assertThat(set(0, "query.timeout_seconds", "5").err())
        .contains(":2:15: `io.batch_size` must be")
        .contains(":3:10: unknown key `io.chunk`");
  }

  @Test
  void refusesWhatIsWrong() throws IOException {
    Files.writeString(file(), "io:\n  batch_size: 1\n");
    assertThat(set(2, "io.batchsize", "1").err()).contains("did you mean `io.batch_size`?");
    assertThat(set(2, "batch", "1").err()).contains("it is one of analytics.chunk_size, ");
    assertThat(set(2, "io.batch_size", "0").err())
        .contains("`io.batch_size` must be a whole number from 1 to 1000000000, but is `0`");
    assertThat(set(2, "write.durability", "never").err()).contains("must be buffered or sync");
    assertThat(text()).isEqualTo("io:\n  batch_size: 1\n");
    assertThat(new Runner(directory).run("config", "set", "io.batch_size", "1").err())
        .contains("name one with --config or QUARRY_CONFIG");
    assertThat(
            quarry
                .run("config", "set", "io.batch_size", "1", "--config", "no/where.yaml")
                .exitCode())
        .isEqualTo(2);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "io:\n  batch_size: 1\n  batch_size: 2\n",
        "io:\n  batch_size: >\n    1\n",
        "io: {file_buffer_size: 2}\n",
        "io: 5\n",
        "io: [1]\n",
        "io: [\n",
        "'io':\n"
      })
  void leavesAloneWhatItCannotKeep(String before) throws IOException {
    Files.writeString(file(), before);
    assertThat(set(2, "io.batch_size", "7").err()).contains(FILE);
    assertThat(text()).isEqualTo(before);
    try (Stream<Path> files = Files.list(directory)) {
      assertThat(files).containsExactly(file());
    }
  }

  @Test
  void replacesTheFileAndKeepsItsRightsAndLinks() throws IOException {
    Path real = directory.resolve("real.yaml");
    Files.writeString(real, "io:\n  batch_size: 1\n");
    Files.setPosixFilePermissions(real, PosixFilePermissions.fromString("rw-r-----"));
    Object before = Files.getAttribute(real, "unix:ino");
    Files.createSymbolicLink(file(), real);
    set(0, "io.batch_size", "7");
    assertThat(file()).isSymbolicLink();
    assertThat(Files.readString(real)).isEqualTo("io:\n  batch_size: 7\n");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(real)))
        .isEqualTo("rw-r-----");
    assertThat(Files.getAttribute(real, "unix:ino")).as("it is another file").isNotEqualTo(before);
  }

  @Test
  void checkNamesEveryPlace() throws IOException {
    Files.writeString(
        file(), "io:\n  batch_size: 0\ncache:\n  memory_limit: 1\nquery:\n  timeout_seconds: 5\n");
    quarry.variable("QUARRY_WRITE_DURABILITY", "never").variable("QUARRY_QUERY_TIMEOUT", "1");
    Runner.Result result = quarry.run("config", "check", "--format", "csv");
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.out().lines().toList())
        .hasSize(4)
        .satisfies(
            lines -> {
              assertThat(lines.get(1)).contains(FILE + ":2:15: `io.batch_size` must be");
              assertThat(lines.get(2))
                  .contains(FILE + ":4:17: unknown key `cache.memory_limit`; did you mean");
              assertThat(lines.get(3)).contains("the variable QUARRY_WRITE_DURABILITY must be");
            });
    assertThat(result.err()).contains("QUARRY_QUERY_TIMEOUT sets nothing");
    Files.writeString(file(), "io: [\n");
    assertThat(quarry.run("config", "check").out()).contains(FILE + ":");
  }

  @Test
  void checkIsContentWithWhatIsRight() throws IOException {
    Files.writeString(file(), "io:\n  batch_size: 5\n");
    Runner.Result result = quarry.run("config", "check");
    assertThat(result.exitCode()).isZero();
    assertThat(result.err()).contains(FILE + " can be used");
    assertThat(new Runner(directory).run("config", "check").exitCode()).isZero();
    assertThat(quarry.run("--config", "nowhere.yaml", "config", "check").exitCode()).isEqualTo(2);
  }

  @Test
  void theDoctorLooksAtTheSettings() throws IOException {
    Files.writeString(file(), "io:\n  batch_size: 5\n");
    assertThat(quarry.run("--db", "s", "init").exitCode()).isZero();
    assertThat(quarry.run("--db", "s", "doctor").out()).containsPattern("settings +ok");
    quarry.variable("QUARRY_MEMORY_LIMITMB", "1");
    Files.writeString(file(), "io:\n  batch_size: 0\n");
    Runner.Result result = quarry.run("--db", "s", "doctor", "--format", "csv");
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.out())
        .contains("QUARRY_MEMORY_LIMITMB sets nothing; did you mean QUARRY_MEMORY_LIMIT_MB?")
        .contains(":2:15: `io.batch_size` must be");
    Files.delete(file());
    Files.createDirectory(file());
    result = quarry.run("--db", "s", "doctor", "--format", "csv");
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.out()).contains("cannot be read").contains("files,");
  }
}
