package dev.quarry.bench.torture;

import dev.quarry.Durability;
import dev.quarry.Status;
import dev.quarry.Task;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.Supplier;

/** Makes up the calls of one thread for the range that it owns. For one thread. */
final class Player {
  private static final List<String> FENCED =
      List.of("renew", "cupdate", "complete", "fail", "release");
  private static final List<String> MOVES =
      List.of("archive", "archive", "restore", "restore", "purge");
  private static final int MOST_CLAIMS = 12;

  private final String range;
  private final Random random;
  private final Supplier<Instant> clock;
  private final boolean jobs;
  private final List<String[]> claims = new ArrayList<>();
  private List<String> together = List.of();
  private long number;

  /**
   * A player.
   *
   * @param first the number of its first call, larger than all before
   * @param jobs whether it may update and restore in chunks
   */
  Player(String range, Random random, long first, Supplier<Instant> clock, boolean jobs) {
    this.range = range;
    this.random = random;
    this.number = first;
    this.clock = clock;
    this.jobs = jobs;
  }

  /** Takes note of a claim: id, token, owner. */
  void claimed(String id, String token, String owner) {
    claims.add(new String[] {id, token, owner});
    if (claims.size() > MOST_CLAIMS) {
      claims.remove(0);
    }
  }

  /** Takes note of the ids that one commit named. */
  void committed(List<String> ids) {
    together = ids;
  }

  private String id() {
    return Content.id(range, random.nextInt(Content.IDS));
  }

  private List<String> ids(int most) {
    Set<String> ids = new LinkedHashSet<>();
    for (int i = random.nextInt(most); i >= 0; i--) {
      ids.add(id());
    }
    return List.copyOf(ids);
  }

  private boolean isTimed() {
    return range.equals(Content.TIMED);
  }

  private long lease() {
    return isTimed() ? 1_000 + random.nextInt(9_000) : World.longTime().toMillis();
  }

  /** The next call. */
  Op next() {
    long n = ++number;
    int kind = random.nextInt(100);
    if (kind < 91) {
      boolean awaits = kind >= 62 && kind < 73 && random.nextInt(6) == 0;
      if (awaits) {
        return await();
      }
      Op commit = commit(n, kind);
      return random.nextInt(14) == 0
          ? prefixed(Op.UNDONE, List.of(commit.verb()), commit.args())
          : commit;
    }
    if (kind < 94) {
      return items(Op.ASYNC, List.of("" + n), 12);
    }
    return rare(n, kind);
  }

  /** A call that is one commit, or none. */
  private Op commit(long n, int kind) {
    if (kind < 30) {
      return single(n, kind);
    }
    if (kind < 45) {
      return several(n);
    }
    if (kind < 53) {
      return prefixed(MOVES.get(random.nextInt(MOVES.size())), List.of(), ids(4));
    }
    if (kind < 62) {
      return undo();
    }
    if (kind < 73) {
      return claim();
    }
    if (kind < 87 && !claims.isEmpty()) {
      return fenced(n);
    }
    Status status = Status.values()[random.nextInt(6)];
    return prefixed("status", List.of(status.name()), ids(6));
  }

  /** A worker waits; what it may wait for is ready as soon as it is written. */
  private Op await() {
    String id = id();
    while (!isReady(Content.task(id, number))) {
      number++;
    }
    String agent = Content.task(id, number).agent();
    return Op.of(Op.AWAIT, range, "w" + random.nextInt(3), lease(), id, number, agent);
  }

  private static boolean isReady(Task task) {
    return task.status() == Status.TODO && task.dependencies().isEmpty();
  }

  private Op undo() {
    if (random.nextBoolean()) {
      return Op.of("undo", id());
    }
    boolean last = !together.isEmpty() && random.nextInt(4) > 0;
    return Op.of("undoCommit", last ? together.get(random.nextInt(together.size())) : id());
  }

  private Op claim() {
    String owner = "w" + random.nextInt(3);
    return switch (random.nextInt(6)) {
      case 0, 1 -> Op.of("claim", id(), owner, lease());
      case 2 -> Op.of("nextMany", range, owner, lease(), 1 + random.nextInt(8));
      default -> Op.of("next", range, owner, lease());
    };
  }

  private Op single(long n, int kind) {
    if (kind < 12) {
      return Op.of("put", id(), n);
    }
    if (kind < 17) {
      return Op.of("insert", id(), n);
    }
    if (kind < 24) {
      return Op.of("update", id(), n);
    }
    return kind < 27
        ? Op.of("replace", id(), n, random.nextInt(3) == 0 ? "stale" : "right")
        : Op.of("delete", id());
  }

  private Op several(long n) {
    if (random.nextInt(6) == 0) {
      return prefixed("insertAll", List.of("" + n), ids(5));
    }
    Durability durability = random.nextInt(5) == 0 ? Durability.SYNC : Durability.BUFFERED;
    return items("batch", List.of(durability.name(), "" + n), random.nextInt(8) == 0 ? 60 : 10);
  }

  private static Op prefixed(String verb, List<String> first, List<String> rest) {
    List<String> all = new ArrayList<>(first);
    all.addAll(rest);
    return new Op(verb, all);
  }

  private Op items(String verb, List<String> first, int most) {
    List<String> items = new ArrayList<>();
    for (String id : ids(most)) {
      int kind = random.nextInt(12);
      items.add(
          (kind < 7 ? "put:" : kind < 9 ? "delete:" : kind < 11 ? "update:" : "insert:") + id);
    }
    return prefixed(verb, first, items);
  }

  private Op fenced(long n) {
    String[] claim = claims.get(random.nextInt(claims.size()));
    String verb = FENCED.get(random.nextInt(FENCED.size()));
    String owner = random.nextInt(10) == 0 ? "thief" : claim[2];
    long last =
        switch (verb) {
          case "renew" -> lease();
          case "cupdate" -> n;
          default -> random.nextInt(3) == 0 ? 0 : lease();
        };
    return Op.of(verb, claim[0], claim[1], owner, last);
  }

  private Op byQuery() {
    Status status = Status.values()[random.nextInt(6)];
    String verb =
        switch (random.nextInt(5)) {
          case 0, 1 -> "archiveAll";
          case 2 -> "purgeAll";
          default -> jobs ? Op.RESTORE_ALL : "archiveAll";
        };
    return Op.of(verb, range, status);
  }

  private Op rare(long n, int kind) {
    if (kind < 96 && jobs) {
      Status status = random.nextBoolean() ? Status.TODO : Status.DONE;
      return Op.of(Op.UPDATE_ALL, range, n, status, 1 + random.nextInt(6));
    }
    if (kind < 97 || !isTimed()) {
      return random.nextInt(3) == 0 ? Op.of("sync") : byQuery();
    }
    if (kind < 98) {
      return Op.of(random.nextInt(3) == 0 ? "purgeOld" : "archiveOld");
    }
    return Op.of("tick", clock.get().plusMillis(1 + random.nextInt(6_000)).toEpochMilli());
  }
}
