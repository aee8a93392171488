package dev.quarry.tools.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.Task;
import dev.quarry.TaskStore;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command dep, and links. */
class DepTest {
  @TempDir private Path directory;

  private Runner quarry;

  @BeforeEach
  void setUp() {
    quarry = new Runner(directory).variable("QUARRY_DB", "store");
    ok("init");
  }

  private String ok(String... args) {
    Runner.Result result = quarry.run(args);
    assertThat(result.exitCode()).as(result.err()).isZero();
    return result.out();
  }

  private void tasks(String... ids) {
    for (String id : ids) {
      ok("add", "Title " + id, "--id", id);
    }
  }

  @Test
  void programsGetTheIdsOfATreeAsTheyAre() {
    tasks("A", "B", "C");
    ok("dep", "add", "B", "A", "nobody");
    ok("dep", "add", "C", "A", "B");
    assertThat(ok("dep", "tree", "C", "--format", "csv"))
        .isEqualTo(
            """
            level,id,status,title,mark
            0,C,TODO,Title C,
            1,A,TODO,Title A,
            1,B,TODO,Title B,
            2,A,TODO,Title A,above
            2,nobody,absent,,
            """);
    assertThat(ok("dep", "tree", "C"))
        .isEqualTo(
            """
            LEVEL   ID             STATUS  TITLE
                0   C              TODO    Title C
                1     A            TODO    Title A
                1     B            TODO    Title B
                2       A (above)  TODO    Title A
                2       nobody     absent
            """);
    assertThat(ok("dep", "tree", "A", "--up", "--format", "raw", "--fields", "level,id"))
        .isEqualTo("0\tA\n1\tB\n2\tC\n1\tC\n");
  }

  @Test
  void aTreeThatIsCutShortSaysSo() {
    tasks("A", "B", "C");
    ok("dep", "add", "B", "A");
    ok("dep", "add", "C", "B");
    Runner.Result cut = quarry.run("dep", "tree", "C", "--depth", "1", "--format", "raw");
    assertThat(cut.out().lines()).hasSize(2);
    assertThat(cut.err()).contains("deeper levels").contains("--depth 2");
    assertThat(quarry.run("dep", "tree", "C", "--depth", "2").err()).isEmpty();
    assertThat(quarry.run("dep", "tree", "A", "--up", "--depth", "1").err()).contains("deeper");
  }

  @Test
  void aTreeMayBeAsDeepAsAChain() {
    int length = 20_000;
    try (TaskStore store = TaskStore.open(directory.resolve("store"))) {
      List<Task> chain = new ArrayList<>();
      for (int i = 0; i < length; i++) {
        Task.Builder task = Task.builder("T" + i, "t");
        chain.add((i == 0 ? task : task.dependency("T" + (i - 1))).build());
      }
      store.insertAll(chain);
    }
    String last = "T" + (length - 1);
    String depth = String.valueOf(length);
    assertThat(ok("dep", "tree", last, "--depth", depth, "--format", "raw").lines())
        .hasSize(length)
        .last()
        .isEqualTo(length - 1 + "\tT0\tTODO\tt\t");
    assertThat(ok("dep", "tree", last, "--depth", depth).length()).isLessThan(120 * length);
  }

  @Test
  void whatIsArchivedIsNotCalledAbsent() {
    tasks("A", "B");
    ok("done", "A");
    ok("archive", "A");
    Runner.Result added = quarry.run("dep", "add", "B", "A");
    assertThat(added.err()).contains("`A` is archived; it counts as DONE");
    assertThat(ok("ready", "--format", "raw", "--fields", "id")).isEqualTo("B\n");
    assertThat(ok("dep", "tree", "B", "--format", "raw"))
        .isEqualTo("0\tB\tTODO\tTitle B\t\n1\tA\tDONE\tTitle A\tarchived\n");
    assertThat(quarry.run("dep", "add", "B", "nobody").err()).contains("counts as open");
  }

  @Test
  void linksAreSetAndFollowed() {
    tasks("EPIC", "B");
    ok("add", "Part", "--id", "P", "--link", "parent:EPIC", "--link", "related:B");
    ok("add", "Part of the part", "--id", "PP", "--link", "parent:P");
    assertThat(ok("show", "P", "--format", "raw", "--fields", "links"))
        .isEqualTo("PARENT EPIC;RELATED B\n");
    ok("set", "B", "links=parent:EPIC", "links+=duplicates:PP,supersedes:a:b", "links-=PARENT x");
    assertThat(ok("show", "B", "--format", "json", "--fields", "links"))
        .contains("[\"PARENT EPIC\",\"DUPLICATES PP\",\"SUPERSEDES a:b\"]");
    assertThat(ok("dep", "tree", "EPIC", "--parts", "--format", "raw", "--fields", "level,id"))
        .isEqualTo("0\tEPIC\n1\tB\n1\tP\n2\tPP\n");
    ok("set", "B", "links-=parent:EPIC");
    assertThat(ok("dep", "tree", "EPIC", "--parts", "--format", "raw", "--fields", "id"))
        .isEqualTo("EPIC\nP\nPP\n");
    assertThat(ok("ready", "--format", "raw", "--fields", "id")).contains("P\n", "EPIC\n");

    for (String wrong : new String[] {"links=EPIC", "links+=parent:", "links=child:EPIC"}) {
      assertThat(quarry.run("set", "B", wrong).exitCode()).as(wrong).isEqualTo(2);
    }
    assertThat(quarry.run("set", "B", "links=EPIC").err()).contains("parent:TASK-1");
    assertThat(quarry.run("dep", "tree", "B", "--up", "--parts").exitCode()).isEqualTo(2);
  }

  @Test
  void whatOneTaskUnlocksAndTheLongestWay() {
    tasks("A", "B");
    ok("add", "Both", "--id", "C", "--dep", "A", "--dep", "B");
    ok("add", "Last", "--id", "D", "--dep", "C", "--estimated", "5");
    assertThat(quarry.run("what-unlocks", "A"))
        .isEqualTo(new Runner.Result(0, "", "unlocks nothing\n"));
    ok("done", "B");
    assertThat(ok("what-unlocks", "A", "--format", "raw", "--fields", "id")).isEqualTo("C\n");
    assertThat(quarry.run("what-unlocks", "A").err()).isEqualTo("unlocks 1\n");
    assertThat(quarry.run("what-unlocks", "nobody").exitCode()).isEqualTo(1);

    assertThat(ok("critical-path", "--format", "raw", "--fields", "id")).isEqualTo("A\nC\nD\n");
    assertThat(quarry.run("critical-path").err()).contains("3 tasks, 7.0 hours");
    assertThat(ok("critical-path", "C", "--format", "raw", "--fields", "id")).isEqualTo("A\nC\n");
    assertThat(quarry.run("critical-path", "nobody").exitCode()).isEqualTo(1);
  }

  @Test
  void circlesAreRefusedAndLookedFor() {
    tasks("A", "B");
    ok("dep", "add", "B", "A");
    Runner.Result circle = quarry.run("dep", "add", "A", "B");
    assertThat(circle.exitCode()).isEqualTo(7);
    assertThat(circle.err()).contains("A -> B -> A");
    assertThat(quarry.run("dep", "cycles")).isEqualTo(new Runner.Result(0, "", "no cycles\n"));
    assertThat(ok("dep", "rm", "B", "A")).isEqualTo("B depends on nothing\n");
    assertThat(ok("dep", "add", "A", "B")).isEqualTo("A depends on B\n");
    assertThat(quarry.run("dep", "rm", "B", "A").exitCode()).isEqualTo(1);
    assertThat(quarry.run("dep", "add", "nobody", "A").exitCode()).isEqualTo(1);
  }
}
