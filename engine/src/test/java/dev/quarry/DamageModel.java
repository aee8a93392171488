package dev.quarry;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** The commits of a store that is going to be damaged, and what it holds after each. */
final class DamageModel {
  static final int IDS = 500;
  private static final int COMMITS = 900;

  /** For each commit: id and the number written, or -1 for a removal. */
  private final List<Map<String, Integer>> commits = new ArrayList<>();

  private final long seed;

  DamageModel(long seed) {
    this.seed = seed;
    Random random = new Random(seed);
    Map<String, Integer> now = new HashMap<>();
    for (int n = 0; n < COMMITS; n++) {
      Map<String, Integer> commit = new HashMap<>();
      int size = n < 20 ? 25 : 1 + random.nextInt(3);
      for (int i = 0; i < size; i++) {
        String id = "D-" + (n < 20 ? n * 25 + i : random.nextInt(IDS));
        boolean remove = n > 100 && random.nextInt(5) == 0 && now.containsKey(id);
        if (!commit.containsKey(id)) {
          commit.put(id, remove ? -1 : n);
        }
      }
      commit.forEach((id, value) -> apply(now, id, value));
      commits.add(commit);
    }
  }

  private static void apply(Map<String, Integer> state, String id, int value) {
    if (value < 0) {
      state.remove(id);
    } else {
      state.put(id, value);
    }
  }

  static Task task(String id, int n) {
    Random random = new Random(31L * id.hashCode() + n);
    byte[] noise = new byte[300];
    random.nextBytes(noise);
    return Task.builder(id, "title " + n)
        .status(Status.values()[Math.floorMod(id.hashCode() + n, 6)])
        .agent("a" + n % 7)
        .description(java.util.HexFormat.of().formatHex(noise))
        .attribute("n", String.valueOf(n))
        .build();
  }

  /** What is in the store after {@code sequence} commits. */
  Map<String, Integer> at(long sequence) {
    Map<String, Integer> state = new HashMap<>();
    for (int n = 0; n < sequence; n++) {
      commits.get(n).forEach((id, value) -> apply(state, id, value));
    }
    return state;
  }

  long last() {
    return commits.size();
  }

  /** Writes commits {@code from} (inclusive) to {@code to} (exclusive). */
  void write(TaskStore store, int from, int to) {
    for (int n = from; n < to; n++) {
      try (WriteBatch batch = store.newBatch()) {
        for (Map.Entry<String, Integer> write : commits.get(n).entrySet()) {
          if (write.getValue() < 0) {
            batch.delete(write.getKey());
          } else {
            batch.put(task(write.getKey(), write.getValue()));
          }
        }
        batch.commit();
      }
    }
  }

  @Override
  public String toString() {
    return "damage model, seed " + seed;
  }
}
