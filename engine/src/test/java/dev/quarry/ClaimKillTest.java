package dev.quarry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.work.Claim;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A process that is killed amid its claims: what it was told it has, it has after the next open,
 * and no token is given twice. {@code -Dquarry.kills=200} makes the long form.
 */
@Timeout(3_600)
class ClaimKillTest {
  private static final int CYCLES = Integer.getInteger("quarry.kills", 4);

  @TempDir Path directory;

  private final Map<String, Long> tokens = new HashMap<>();
  private final Map<String, String> last = new HashMap<>();

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {701})
  void claimsAreNeitherLostNorGivenTwice(long seed) throws Exception {
    Random random = new Random(seed);
    Path path = directory.resolve("store");
    for (int cycle = 0; cycle < CYCLES; cycle++) {
      String pending;
      try (ChildJvm child = new ChildJvm(ClaimKillProgram.class, path, seed + cycle)) {
        pending = runAndKill(child, 2 + random.nextInt(600));
      }
      try (TaskStore store = TaskStore.open(path)) {
        for (int i = 0; i < ClaimKillProgram.IDS; i++) {
          check(store, "K-" + i, pending, "seed " + seed + " cycle " + cycle);
        }
        assertThat(store.verify().problems()).isEmpty();
      }
    }
  }

  /** Follows the child's lines; returns the verb whose end it did not see, or null. */
  private String runAndKill(ChildJvm child, int linesToLive) throws Exception {
    String pending = null;
    int lines = 0;
    for (String line = child.line(); line != null; line = child.line()) {
      String[] words = line.split(" ", -1);
      if (words[0].equals("ok")) {
        pending = null;
        long token = Long.parseLong(words[3]);
        if (words[1].equals("claim") && token > 0) {
          assertThat(token).as(line).isEqualTo(tokens.getOrDefault(words[2], 0L) + 1);
          tokens.put(words[2], token);
        }
        last.put(words[2], token == 0 ? "free" : words[1]);
      } else if (!words[0].equals("open")) {
        pending = line;
      }
      if (++lines == linesToLive) {
        child.kill();
      }
    }
    return pending;
  }

  private void check(TaskStore store, String id, String pending, String where) {
    String doing = pending != null && pending.endsWith(" " + id) ? pending : "";
    long token = tokens.getOrDefault(id, 0L);
    String state = last.getOrDefault(id, "free");
    Status status = store.statusOf(id).orElse(null);
    if (!doing.isEmpty()) {
      // either way is right, but wholly; the model takes over what came of it
      Claim claim = store.claims().claimOf(id).orElse(null);
      assertThat(claim != null).as(where + " " + doing).isEqualTo(status == Status.IN_PROGRESS);
      if (claim != null) {
        boolean isNew = doing.startsWith("claim");
        assertThat(claim.token()).as(where + " " + doing).isEqualTo(isNew ? token + 1 : token);
        tokens.put(id, claim.token());
      }
      last.put(id, claim != null ? "renew" : "free");
      return;
    }
    boolean held = state.equals("claim") || state.equals("renew");
    assertThat(store.claims().claimOf(id).map(c -> c.owner() + c.token()).orElse(null))
        .as(where + " " + id + " " + state)
        .isEqualTo(held ? ClaimKillProgram.OWNER + token : null);
    if (held) {
      assertThat(status).isEqualTo(Status.IN_PROGRESS);
    } else if (state.equals("complete")) {
      assertThat(status).isEqualTo(Status.DONE);
    } else if (state.equals("fail")) {
      assertThat(status).isEqualTo(Status.FAILED);
    }
  }
}
