package dev.quarry.tools.importing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.ProgressListener;
import dev.quarry.Task;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Sources at which a cost that grows with the square would take very long. */
class ImportCostTest {
  private static final int MOST_DEPENDENCIES = 65_535;
  private static final ImportOptions OPTIONS = ImportOptions.defaults();

  @TempDir private Path directory;

  private final MemoryTarget target = new MemoryTarget();

  private static List<String> ids(String prefix, int count) {
    return IntStream.range(0, count).mapToObj(i -> prefix + i).toList();
  }

  /** To begin at the first number for each record took 20,000,000,000 look-ups here. */
  @Test
  @Timeout(120)
  void aRecordsNumberCostsNoLookAtThoseBefore() {
    int records = 200_000;
    String text = "{\"id\":\"a\",\"title\":\"t\"}\n".repeat(records);
    ImportOptions options = OPTIONS.withDuplicates(DuplicatePolicy.NEW_ID);
    ImportReport r = Imports.text("x.jsonl", text, options, target);
    assertThat(r.created()).isEqualTo(records);
    assertThat(target.get("a-" + records).title()).isEqualTo("t");
    // the first goes aside, once; the others find themselves
    r = Imports.text("x.jsonl", text.replaceFirst("t\"}", "new\"}"), options, target);
    assertThat(r.created()).isEqualTo(1);
    assertThat(r.unchanged()).isEqualTo(records - 1);
    assertThat(target.get("a-" + (records + 1)).title()).isEqualTo("new");
  }

  /** Lists compared with lists took minutes here. */
  @Test
  @Timeout(120)
  void manyDependenciesAreComparedAsSets() {
    List<String> all = ids("D-", MOST_DEPENDENCIES);
    Task task = Task.builder("A", "a").dependencies(all).build();
    Task other = task.toBuilder().title("other").build();
    for (int i = 0; i < 50; i++) {
      assertThat(AsStored.gains(task, other)).isFalse();
    }
    List<String> cut = all.subList(MOST_DEPENDENCIES / 2, MOST_DEPENDENCIES);
    Task stored = AsStored.without(task, cut);
    assertThat(stored.dependencies()).isEqualTo(all.subList(0, MOST_DEPENDENCIES / 2));
    assertThat(stored.attributes())
        .containsEntry(ImportTarget.CIRCULAR, cut.stream().collect(Collectors.joining(", ")));
    assertThat(AsStored.isSameButCut(task, stored)).isTrue();
    assertThat(AsStored.isSameButCut(other, stored)).isFalse();
  }

  /** For each dependency to be looked for among those that are nowhere took minutes here. */
  @Test
  @Timeout(120)
  void manyDependenciesThatAreNowhereAreLeftOut() throws Exception {
    String names =
        ids("D-", MOST_DEPENDENCIES).stream().collect(Collectors.joining("\",\"", "\"", "\""));
    StringBuilder text = new StringBuilder("{\"id\":\"D-0\",\"title\":\"t\"}\n");
    for (int i = 0; i < 20; i++) {
      text.append("{\"id\":\"T-").append(i).append("\",\"title\":\"t\",\"dependencies\":[");
      text.append(names).append("]}\n");
    }
    ImportOptions options = OPTIONS.withDangling(DanglingPolicy.SKIP);
    Path file = Files.writeString(directory.resolve("x.jsonl"), text);
    ImportReport r = Importer.run(ImportSource.of(file), options, target, ProgressListener.NONE);
    assertThat(r.created()).isEqualTo(21);
    assertThat(r.danglingCount()).isEqualTo(20L * (MOST_DEPENDENCIES - 1));
    assertThat(target.get("T-19").dependencies()).containsExactly("D-0");
  }
}
