package dev.quarry.tools.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.Durability;
import dev.quarry.Limits;
import dev.quarry.TaskStore;
import dev.quarry.TaskStoreOptions;
import dev.quarry.tools.config.Setting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Settings by file and environment, and the command that shows them. */
class ConfigTest {
  /** As the tasks that Quarry was made for have it. */
  private static final String SEED =
      """
      # performance.yaml
      cache:
        memory_limit_mb: 256
        disk_cache_enabled: true
        cache_ttl_seconds: 3600

      io:
        batch_size: 100
        max_concurrent_operations: 10
        file_buffer_size: 8192

      analytics:
        enable_parallel_processing: true
        max_worker_threads: 4
        chunk_size: 1000
      """;

  @TempDir private Path directory;

  private final AtomicReference<TaskStoreOptions> opened = new AtomicReference<>();
  private Runner quarry;

  @BeforeEach
  void setUp() {
    quarry =
        new Runner(directory)
            .variable("QUARRY_DB", "store")
            .opener(
                options -> {
                  opened.set(options);
                  return TaskStore.open(options);
                });
  }

  private String file(String text) throws IOException {
    Files.writeString(directory.resolve("performance.yaml"), text);
    return "performance.yaml";
  }

  private Map<String, List<String>> shown(String... options) {
    List<String> args = new ArrayList<>(List.of(options));
    args.addAll(
        List.of("config", "show", "--format", "tsv", "--fields", "name,value,origin,place"));
    Runner.Result result = quarry.run(args.toArray(String[]::new));
    assertThat(result.exitCode()).as(result.err()).isZero();
    return result
        .out()
        .lines()
        .skip(1)
        .map(line -> List.of(line.split("\t", -1)))
        .collect(Collectors.toMap(row -> row.get(0), row -> row.subList(1, row.size())));
  }

  @Test
  void defaultsAreThoseOfTheStore() {
    Map<String, List<String>> shown = shown();
    assertThat(shown.get("memory.limit_mb")).containsExactly("512", "default", "");
    assertThat(shown.get("cache.memory_limit_mb")).containsExactly("96", "default", "");
    assertThat(shown.get("io.batch_size")).containsExactly("1000", "default", "");
    assertThat(shown.get("query.timeout_seconds")).containsExactly("30", "default", "");
    assertThat(shown.get("limits.acquire_timeout_seconds")).containsExactly("30", "default", "");
    assertThat(shown.get("limits.idle_timeout_seconds")).containsExactly("0", "default", "");
    assertThat(shown.get("limits.open_cursors")).containsExactly("10000", "default", "");
    assertThat(shown.get("limits.open_snapshots")).containsExactly("1000", "default", "");
    assertThat(shown.get("db").subList(1, 3)).containsExactly("environment", "QUARRY_DB");
    assertThat(shown("--db", "x").get("db").subList(1, 3)).containsExactly("flag", "--db");
    assertThat(shown).hasSize(1 + Setting.values().length);
  }

  @Test
  void theFileOfTheSeedLoadsAsItIs() throws Exception {
    Map<String, List<String>> shown = shown("--config", file(SEED));
    assertThat(shown.get("cache.memory_limit_mb"))
        .containsExactly("256", "file", directory.resolve("performance.yaml") + ":3:20");
    assertThat(shown.get("cache.records_mb")).startsWith("85", "file");
    assertThat(shown.get("cache.disk_cache_enabled")).startsWith("true", "file");
    assertThat(shown.get("io.batch_size")).startsWith("100", "file");
    assertThat(shown.get("analytics.chunk_size")).startsWith("1000", "file");
    assertThat(shown.get("memory.limit_mb")).startsWith("512", "default");
    assertThat(quarry.run("init", "--config", "performance.yaml").exitCode()).isZero();
    TaskStoreOptions options = opened.get();
    assertThat(options.recordCacheBytes() + options.blockCacheBytes()).isEqualTo(256L << 20);
  }

  @Test
  void theBatchSizeIsThatOfTheFile() throws Exception {
    Path folder = Files.createDirectory(directory.resolve("tasks"));
    for (int i = 0; i < 25; i++) {
      Files.writeString(folder.resolve(i + ".md"), "---\nid: T-" + i + "\ntitle: t\n---\n");
    }
    String file = file("io:\n  batch_size: 10\n");
    assertThat(quarry.run("--config", file, "import", "tasks").exitCode()).isZero();
    try (TaskStore store = TaskStore.open(directory.resolve("store"))) {
      assertThat(store.sequence()).isEqualTo(3);
    }
  }

  @Test
  void aLimitLeavesTheOthersAsTheyAre() throws Exception {
    Limits standard = Limits.DEFAULT;
    int cursors = standard.openCursors();
    int snapshots = standard.openSnapshots();
    Duration wait = standard.acquireTimeout();
    Duration seven = Duration.ofSeconds(7);
    assertThat(limitsWith("open_cursors")).isEqualTo(standard.open(7, snapshots, wait));
    assertThat(limitsWith("open_snapshots")).isEqualTo(standard.open(cursors, 7, wait));
    assertThat(limitsWith("acquire_timeout_seconds"))
        .isEqualTo(standard.open(cursors, snapshots, seven));
    assertThat(limitsWith("idle_timeout_seconds")).isEqualTo(standard.idle(seven));
    assertWrong(
        "limits:\n  open_cursors: 0\n",
        ":2:17: `limits.open_cursors` must be a whole number from 1 to 1000000000, but is `0`");
    assertWrong(
        "limits:\n  open_cursor: 1\n",
        ":2:16: unknown key `limits.open_cursor`; did you mean `limits.open_cursors`?");
  }

  private Limits limitsWith(String name) throws IOException {
    String file = file("limits:\n  " + name + ": 7\n");
    assertThat(quarry.run("--config", file, "init", name).exitCode()).isZero();
    return opened.getAndSet(null).limits();
  }

  @Test
  void aVariableForBothCachesStandsAboveTheFilesParts() throws Exception {
    String file = file("cache:\n  records_mb: 5\n  blocks_mb: 7\nwrite:\n");
    assertThat(shown("--config", file).get("cache.records_mb")).startsWith("5", "file");
    quarry.variable("QUARRY_CACHE_MEMORY_LIMIT_MB", "300");
    Map<String, List<String>> shown = shown("--config", file);
    assertThat(shown.get("cache.memory_limit_mb")).startsWith("300", "environment");
    assertThat(shown.get("cache.records_mb")).startsWith("100", "environment");
    assertThat(shown.get("cache.blocks_mb")).startsWith("200", "environment");
  }

  @Test
  void theShippedFileLoads() throws Exception {
    Path shipped = Path.of("..", "config", "performance.yaml");
    String text = Files.readString(shipped);
    Map<String, List<String>> shown = shown("--config", file(text));
    for (Setting setting : Setting.values()) {
      String name = setting.key().substring(setting.key().indexOf('.') + 1);
      assertThat(text).as(setting.key()).contains(name + ":");
    }
    assertThat(shown.get("cache.memory_limit_mb")).startsWith("256", "file");
    assertThat(shown.get("write.durability")).startsWith("buffered", "file");
  }

  @Test
  void everyVariableSetsWhatItIsNamedFor() throws Exception {
    String file = file("cache:\n  memory_limit_mb: 3\nquery:\n  timeout_seconds: 1\n");
    for (Setting setting : Setting.values()) {
      String value =
          switch (setting) {
            case DURABILITY -> "sync";
            case DISK_CACHE, ABSENT_BLOCK, PARALLEL -> "false";
            case ACTOR -> "me";
            default -> "4321";
          };
      Runner other = new Runner(directory).variable(setting.variable(), value);
      Runner.Result result =
          other.run("config", "--config", file, "--format", "tsv", "--fields", "name,value,place");
      assertThat(result.out())
          .as(setting.key())
          .contains(setting.key() + "\t" + value + "\t" + setting.variable() + "\n");
      quarry.variable(setting.variable(), value);
    }
    assertThat(quarry.run("init").exitCode()).isZero();
    TaskStoreOptions options = opened.get();
    assertThat(options.durability()).isEqualTo(Durability.SYNC);
    assertThat(options.memoryLimitBytes()).isEqualTo(4_321L << 20);
    assertThat(options.memoryCheckInterval()).isEqualTo(Duration.ofSeconds(4_321));
    assertThat(options.recordCacheBytes()).isEqualTo(4_321L << 20);
    assertThat(options.writeBufferBytes()).isEqualTo(4_321L << 20);
    assertThat(options.reservedDiskBytes()).isEqualTo(4_321L << 20);
    assertThat(options.changeLogCommits()).isEqualTo(4_321);
    assertThat(options.expectedTasks()).isEqualTo(4_321);
    assertThat(options.queryTimeout()).isEqualTo(Duration.ofSeconds(4_321));
    Duration set = Duration.ofSeconds(4_321);
    assertThat(options.limits()).isEqualTo(Limits.DEFAULT.open(4_321, 4_321, set).idle(set));
    assertThat(options.absentDependenciesBlock()).isFalse();
    assertThat(options.actor()).isEqualTo("me");
  }

  @Test
  void whatIsWrongIsNamedWithItsPlace() throws Exception {
    assertWrong(
        "cache:\n  memory_limit: 1\n",
        ":2:17: unknown key `cache.memory_limit`; did you mean `cache.memory_limit_mb`?");
    assertWrong(
        "io:\n  batch_size: 0\n",
        ":2:15: `io.batch_size` must be a whole number from 1 to 1000000000, but is `0`");
    assertWrong(
        "io:\n  batch_size: 10\n  batch_size: 20\n",
        ":3:15: `io.batch_size` was set before, at " + directory.resolve("performance.yaml:2:15"));
    assertWrong("io:\n  - 1\n", ":2:3: one value is expected");
    assertWrong("just text\n", ":1:1: a mapping is expected");
    assertWrong("io: [\n", "");
    assertWrong("write:\n  durability: never\n", "must be buffered or sync, but is `never`");
    assertThat(quarry.run("--config", "nowhere.yaml", "config").exitCode()).isEqualTo(2);
    assertThat(shown("--config", file("# nothing\n")).get("io.batch_size"))
        .startsWith("1000", "default");
    Runner.Result variable =
        new Runner(directory).variable("QUARRY_IO_BATCH_SIZE", "many").run("config", "show");
    assertThat(variable.exitCode()).isEqualTo(2);
    assertThat(variable.err()).contains("the variable QUARRY_IO_BATCH_SIZE must be a whole number");
  }

  private void assertWrong(String text, String told) throws IOException {
    Runner.Result result = quarry.run("--config", file(text), "init");
    assertThat(result.exitCode()).as(text).isEqualTo(2);
    assertThat(result.err()).contains("performance.yaml:").contains(told);
    assertThat(opened.get()).isNull();
  }

  @Test
  void unknownVariablesAreWarnedOf() {
    quarry.variable("QUARRY_IO_BATCHSIZE", "10");
    assertThat(quarry.run("config", "show").err())
        .isEqualTo(
            "warning: the variable QUARRY_IO_BATCHSIZE sets nothing;"
                + " did you mean QUARRY_IO_BATCH_SIZE?\n");
    quarry.variable("QUARRY_CONFIG", "nowhere.yaml");
    assertThat(quarry.run("config", "show").exitCode()).isEqualTo(2);
  }
}
