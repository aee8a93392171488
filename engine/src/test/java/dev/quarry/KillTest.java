package dev.quarry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.query.Query;
import dev.quarry.query.TaskFields;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A process that dies at a random moment of its writes, index builds and rebuilds loses nothing
 * that it was told is written, and leaves nothing half of a batch.
 */
@Timeout(3_600)
class KillTest {
  private static final int CYCLES =
      Integer.getInteger("quarry.kills", Boolean.getBoolean("quarry.long") ? 200 : 5);

  /** What the child is killed in, by the cycle; nothing in particular for an empty text. */
  private static final List<String> VICTIMS = List.of("", "", "", "index", "rebuild");

  @TempDir Path directory;

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {501})
  void losesNothing(long seed) throws Exception {
    Random random = new Random(seed);
    Path path = directory.resolve("store");
    long[] model = new long[KillProgram.IDS];
    for (int cycle = 1; cycle <= CYCLES; cycle++) {
      String pending;
      try (ChildJvm child = new ChildJvm(KillProgram.class, path, cycle * 1_000_000L)) {
        pending = runAndKill(child, model, random, cycle);
      }
      try (TaskStore store = TaskStore.open(path)) {
        settle(store, model, pending, cycle);
        check(store, model);
      }
    }
  }

  /** Follows the child's oracle; returns the write whose end it did not see, or null. */
  private static String runAndKill(ChildJvm child, long[] model, Random random, int cycle)
      throws Exception {
    // the first death may come while the store is created; later ones at all times of life
    int linesToLive = cycle % 5 == 1 ? random.nextInt(3) : 3 + random.nextInt(600);
    if (VICTIMS.get(cycle % 5).length() > 0) {
      linesToLive = 5_000;
    }
    int lines = 0;
    String pending = null;
    for (String line = next(child, lines, linesToLive); line != null; line = child.line()) {
      if (line.startsWith("ok ")) {
        apply(model, pending);
        pending = null;
      } else if (line.contains(" ")) {
        pending = line;
      }
      boolean victim = line.equals(VICTIMS.get(cycle % 5));
      if (++lines >= linesToLive || victim) {
        spin(random.nextInt(2_000));
        child.kill();
      }
    }
    return pending;
  }

  private static String next(ChildJvm child, int lines, int linesToLive) throws Exception {
    if (lines == linesToLive) {
      spin(300_000 + 700_000 * (linesToLive + 1));
      child.kill();
    }
    return child.line();
  }

  private static void spin(int micros) {
    long end = System.nanoTime() + micros * 1_000L;
    while (System.nanoTime() < end) {
      Thread.onSpinWait();
    }
  }

  private static void apply(long[] model, String line) {
    String[] words = line.split(" ", -1);
    long n = words[0].equals("put") ? Long.parseLong(words[1]) : 0;
    for (int i = 0; i < Integer.parseInt(words[3]); i++) {
      model[(Integer.parseInt(words[2]) + i) % model.length] = n;
    }
  }

  /** Of the write that was under way, all is there or nothing. */
  private static void settle(TaskStore store, long[] model, String pending, int cycle) {
    if (pending != null) {
      long[] other = model.clone();
      apply(other, pending);
      long[] found = found(store);
      assertThat(found).as("cycle %s, pending %s", cycle, pending).isIn(model, other);
      System.arraycopy(found, 0, model, 0, found.length);
    }
  }

  private static long[] found(TaskStore store) {
    long[] found = new long[KillProgram.IDS];
    for (int i = 0; i < found.length; i++) {
      found[i] = store.get("K-" + i).map(t -> Long.parseLong(t.attributes().get("n"))).orElse(0L);
    }
    return found;
  }

  private static void check(TaskStore store, long[] model) {
    assertThat(found(store)).isEqualTo(model);
    assertThat(store.verify().problems()).isEmpty();
    assertThat(store.indexes()).allMatch(i -> i.state() == IndexInfo.State.READABLE);
    List<Long> agents = new ArrayList<>();
    long there = 0;
    for (int a = 0; a < 7; a++) {
      long want = 0;
      for (long n : model) {
        want += n != 0 && n % 7 == a ? 1 : 0;
      }
      agents.add(store.count(Query.where(TaskFields.AGENT.is("a" + a))) - want);
      there += want;
    }
    assertThat(agents).containsOnly(0L);
    assertThat(store.count(Query.all())).isEqualTo(there);
  }
}
