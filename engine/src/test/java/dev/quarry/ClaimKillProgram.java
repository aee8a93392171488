package dev.quarry;

import dev.quarry.work.Claim;
import dev.quarry.work.RetryPolicy;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;

/**
 * Claims and ends claims until it is killed. It says what it is about to do, and what came of it:
 * {@code VERB ID}, then {@code ok VERB ID TOKEN}.
 */
final class ClaimKillProgram {
  static final int IDS = 20;
  static final String OWNER = "child";
  private static final Duration LEASE = Duration.ofHours(1);

  private ClaimKillProgram() {}

  public static void main(String[] arguments) {
    Random random = new Random(Long.parseLong(arguments[1]));
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    try (TaskStore store = TaskStore.open(Path.of(arguments[0]))) {
      for (int i = 0; i < IDS; i++) {
        if (store.get("K-" + i).isEmpty()) {
          store.insert(Task.builder("K-" + i, "t").build());
        }
      }
      Map<String, Claim> held = new TreeMap<>();
      store.claims().list(IDS).forEach(claim -> held.put(claim.id(), claim));
      out.println("open");
      while (true) {
        String id = "K-" + random.nextInt(IDS);
        Claim claim = held.get(id);
        String verb = claim == null ? "claim" : random.nextBoolean() ? "renew" : "release";
        if (claim != null && random.nextInt(4) == 0) {
          verb = random.nextBoolean() ? "complete" : "fail";
        }
        out.println(verb + " " + id);
        long token = run(store, verb, id, held);
        out.println("ok " + verb + " " + id + " " + token);
      }
    }
  }

  /** Does it; for a task that is done or failed, a claim first sets it back. */
  private static long run(TaskStore store, String verb, String id, Map<String, Claim> held) {
    if (verb.equals("claim")) {
      Optional<Claim> claim = store.claims().tryClaim(id, OWNER, LEASE);
      if (claim.isEmpty()) {
        store.update(id, t -> t.withStatus(Status.TODO));
        return 0;
      }
      held.put(id, claim.get());
      return claim.get().token();
    }
    Claim claim = held.get(id);
    switch (verb) {
      case "renew" -> {
        held.put(id, store.claims().renew(claim, LEASE));
        return claim.token();
      }
      case "complete" -> store.claims().complete(claim);
      case "release" -> store.claims().release(claim);
      default -> store.claims().fail(claim, "r", RetryPolicy.once());
    }
    held.remove(id);
    return claim.token();
  }
}
