package dev.quarry.tools.importing;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Damaged files of every format end in a report whose numbers add up, never in an exception. */
class FuzzTest {
  private static final int ROUNDS = 150;
  private static final byte[] NASTY =
      "{}[]\",:'\\\n\r\t-#&*!|>%@`\u0000\u00e4\ufeff0e1x".getBytes(StandardCharsets.UTF_8);

  static Stream<Arguments> filesAndSeeds() {
    Map<String, Format> files =
        Map.of(
            "trail-map/MAP-6 - Offline-search-for-place-names.md", Format.MARKDOWN,
            "active_tasks.json", Format.JSON,
            "release.jsonl", Format.JSONL,
            "beads.jsonl", Format.BEADS,
            "support.csv", Format.CSV,
            "task-master.json", Format.TASK_MASTER,
            "taskwarrior.json", Format.TASKWARRIOR,
            "todo.txt", Format.TODO_TXT);
    Stream<Arguments> own =
        files.entrySet().stream()
            .flatMap(
                e ->
                    IntStream.of(1, 2)
                        .mapToObj(seed -> Arguments.of(e.getValue(), e.getKey(), seed)));
    Stream<Arguments> foreign =
        Arrays.stream(Format.values()).map(f -> Arguments.of(f, "active_tasks.json", 3));
    return Stream.concat(own, foreign);
  }

  @ParameterizedTest(name = "{0} of {1}, seed {2}")
  @MethodSource("filesAndSeeds")
  void damagedFilesAreReported(Format format, String name, int seed) {
    Random random = new Random(seed);
    byte[] bytes = Samples.bytes(name);
    for (int i = 0; i < ROUNDS; i++) {
      byte[] damaged = damage(bytes, random);
      MemoryTarget target = new MemoryTarget();
      ImportOptions options =
          ImportOptions.defaults()
              .withFormat(format)
              .withFixMojibake(random.nextBoolean())
              .withTombstones(random.nextBoolean())
              .withBatchSize(1 + random.nextInt(5));
      ImportReport r = Imports.bytes("x", damaged, options, target);
      assertThat(r.created() + r.updated() + r.unchanged() + r.skipped() + r.failed())
          .as("round %s", i)
          .isEqualTo(r.records());
      assertThat(r.lines()).isNotEmpty();
      int writes = target.writes();
      ImportReport again = Imports.bytes("x", damaged, options, target);
      assertThat(again.records()).isEqualTo(r.records());
      assertThat(target.writes()).as("round %s", i).isEqualTo(writes);
    }
  }

  private static byte[] damage(byte[] bytes, Random random) {
    byte[] out = bytes.clone();
    for (int n = random.nextInt(6); n >= 0; n--) {
      int at = random.nextInt(out.length);
      switch (random.nextInt(4)) {
        case 0 -> out[at] = (byte) random.nextInt(256);
        case 1 -> out[at] = NASTY[random.nextInt(NASTY.length)];
        case 2 -> {
          int length = Math.min(random.nextInt(30), out.length - at);
          int to = random.nextInt(out.length - length + 1);
          System.arraycopy(out.clone(), at, out, to, length);
        }
        default -> out = random.nextInt(5) == 0 ? Arrays.copyOf(out, Math.max(1, at)) : out;
      }
    }
    return out;
  }
}
