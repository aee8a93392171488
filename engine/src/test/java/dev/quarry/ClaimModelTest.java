package dev.quarry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.query.Condition;
import dev.quarry.query.Query;
import dev.quarry.query.TaskFields;
import dev.quarry.work.Claim;
import dev.quarry.work.RetryPolicy;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Random claims, plain writes, passing time and restarts, against a model of plain maps. */
@Timeout(600)
class ClaimModelTest {
  private static final int STEPS =
      Integer.getInteger("quarry.claims.steps", Boolean.getBoolean("quarry.long") ? 60_000 : 1_500);
  private static final int IDS = 12;
  private static final Duration LEASE = Duration.ofSeconds(10);

  @TempDir Path directory;

  private final FakeClock clock = new FakeClock();
  private final Map<String, Row> model = new TreeMap<>();
  private final List<Claim> given = new ArrayList<>();
  private TaskStore store;
  private Random random;

  /** What the model knows of an id, also of one that is deleted. */
  private static final class Row {
    boolean present;
    Status status;
    Priority priority;
    Instant created;
    List<String> waitsFor = List.of();
    long token;
    int attempt;
    String owner;
    Instant until;
    Instant rest;
  }

  private TaskStore open() {
    return TaskStore.open(TaskStoreOptions.builder(directory.resolve("s")).clock(clock).build());
  }

  @Seeds({11, 12, 13})
  void agreesWithTheModel(long seed) {
    random = new Random(seed);
    for (int i = 0; i < IDS; i++) {
      model.put("T-" + i, new Row());
    }
    store = open();
    try {
      for (int step = 0; step < STEPS; step++) {
        String where = "seed " + seed + ", step " + step + ": ";
        try {
          where += step();
        } catch (RuntimeException e) {
          throw new AssertionError(where, e);
        }
        compare(where);
      }
      assertThat(store.verify().problems()).isEmpty();
    } finally {
      store.close();
    }
  }

  private String step() {
    String id = "T-" + random.nextInt(IDS);
    Row row = model.get(id);
    int kind = random.nextInt(100);
    if (kind < 12) {
      return write(id, row);
    }
    if (kind < 18) {
      return delete(id, row);
    }
    if (kind < 26) {
      return plainStatus(id, row);
    }
    if (kind < 40) {
      return tryClaim(id, row);
    }
    if (kind < 55) {
      return next();
    }
    if (kind < 70) {
      passTime();
      return "time";
    }
    if (kind < 72) {
      store.close();
      passTime();
      store = open();
      reap();
      return "reopen";
    }
    return given.isEmpty() ? "nothing" : fenced();
  }

  private String write(String id, Row row) {
    Status status = row.present ? row.status : random.nextInt(4) == 0 ? Status.DONE : Status.TODO;
    List<String> waitsFor = random.nextInt(3) > 0 ? List.of() : List.of("T-" + random.nextInt(IDS));
    // only on lower ids, so that there is no cycle
    waitsFor = waitsFor.stream().filter(other -> other.compareTo(id) < 0).toList();
    Priority priority = Priority.values()[random.nextInt(4)];
    Instant created = clock.instant().plusMillis(random.nextInt(1_000_000));
    store.put(
        Task.builder(id, "t")
            .status(status)
            .priority(priority)
            .createdAt(created)
            .dependencies(waitsFor)
            .build());
    row.present = true;
    row.status = status;
    row.priority = priority;
    row.created = created;
    row.waitsFor = waitsFor;
    return "put " + id;
  }

  private String delete(String id, Row row) {
    assertThat(store.delete(id).isPresent()).isEqualTo(row.present);
    end(row, 0);
    row.present = false;
    row.rest = null;
    return "delete " + id;
  }

  private String plainStatus(String id, Row row) {
    Status status = Status.values()[random.nextInt(6)];
    store.setStatus(List.of(id), status);
    if (row.present) {
      if (row.status == Status.IN_PROGRESS && status != Status.IN_PROGRESS) {
        end(row, 0);
      }
      if (status != Status.TODO) {
        row.rest = null;
      }
      row.status = status;
    }
    return "status " + id + " " + status;
  }

  private static void end(Row row, int attempt) {
    if (row.owner != null) {
      row.owner = null;
      row.attempt = attempt;
    }
  }

  private boolean isReady(Row row) {
    return row.present
        && row.status == Status.TODO
        && row.rest == null
        && row.waitsFor.stream()
            .map(model::get)
            .allMatch(other -> other.present && other.status == Status.DONE);
  }

  private String tryClaim(String id, Row row) {
    String owner = "w" + random.nextInt(3);
    Optional<Claim> claim;
    try {
      claim = store.claims().tryClaim(id, owner, LEASE);
      assertThat(row.present).as(id).isTrue();
    } catch (TaskNotFoundException e) {
      assertThat(row.present).as(id).isFalse();
      return "claim absent " + id;
    }
    assertThat(claim.isPresent()).as(id).isEqualTo(isReady(row));
    claim.ifPresent(c -> claimed(c, row, owner));
    return "claim " + id;
  }

  private String next() {
    String owner = "w" + random.nextInt(3);
    boolean high = random.nextInt(3) == 0;
    Condition filter =
        high ? TaskFields.PRIORITY.atLeast(Priority.HIGH) : new Condition.And(List.of());
    Optional<String> expected =
        model.entrySet().stream()
            .filter(e -> isReady(e.getValue()))
            .filter(e -> !high || e.getValue().priority.compareTo(Priority.HIGH) >= 0)
            .min(
                Comparator.comparing((Map.Entry<String, Row> e) -> e.getValue().priority)
                    .reversed()
                    .thenComparing(e -> e.getValue().created))
            .map(Map.Entry::getKey);
    Optional<Claim> claim = store.claims().next(filter, owner, LEASE);
    assertThat(claim.map(Claim::id)).isEqualTo(expected);
    claim.ifPresent(c -> claimed(c, model.get(c.id()), owner));
    return "next " + expected;
  }

  private void claimed(Claim claim, Row row, String owner) {
    row.token++;
    row.attempt++;
    row.owner = owner;
    row.until = clock.instant().plus(LEASE);
    row.status = Status.IN_PROGRESS;
    given.add(claim);
    if (given.size() > 40) {
      given.remove(0);
    }
  }

  private void passTime() {
    boolean back = random.nextInt(8) == 0;
    clock.move(Duration.ofMillis(back ? -random.nextInt(4_000) : 1 + random.nextInt(9_000)));
    reap();
  }

  /** From then on nothing is due, whether this or the store's thread has done it. */
  private void reap() {
    for (Row row : model.values()) {
      if (row.owner != null && !clock.instant().isBefore(row.until)) {
        end(row, row.attempt);
        row.status = Status.TODO;
      }
      if (row.rest != null && !clock.instant().isBefore(row.rest)) {
        row.rest = null;
      }
    }
  }

  private String fenced() {
    Claim claim = given.get(random.nextInt(given.size()));
    Row row = model.get(claim.id());
    boolean thief = random.nextInt(10) == 0;
    Claim used = thief ? Claim.reference(claim.id(), claim.token(), "thief") : claim;
    boolean holds = !thief && claim.owner().equals(row.owner) && claim.token() == row.token;
    int verb = random.nextInt(5);
    try {
      call(verb, used);
      assertThat(holds).as("%s %s", verb, used).isTrue();
    } catch (StaleClaimException e) {
      assertThat(holds).as("%s %s", verb, used).isFalse();
      return "stale " + verb + " " + used;
    }
    switch (verb) {
      case 0 -> row.until = clock.instant().plus(LEASE);
      case 1 -> row.priority = Priority.LOW;
      case 2 -> {
        end(row, 0);
        row.status = Status.DONE;
      }
      case 3 -> {
        boolean last = row.attempt >= 3;
        row.rest = last ? null : clock.instant().plus(LEASE);
        end(row, last ? 0 : row.attempt);
        row.status = last ? Status.FAILED : Status.TODO;
      }
      default -> {
        end(row, row.attempt - 1);
        row.status = Status.TODO;
      }
    }
    return "verb " + verb + " " + used;
  }

  private void call(int verb, Claim claim) {
    switch (verb) {
      case 0 -> store.claims().renew(claim, LEASE);
      case 1 -> store.claims().update(claim, t -> t.toBuilder().priority(Priority.LOW).build());
      case 2 -> store.claims().complete(claim);
      case 3 -> store.claims().fail(claim, "r", new RetryPolicy(3, LEASE, LEASE, 1, 0));
      default -> store.claims().release(claim);
    }
  }

  private void compare(String where) {
    store.claims().reapExpired();
    List<String> held = new ArrayList<>();
    List<String> ready = new ArrayList<>();
    model.forEach(
        (id, row) -> {
          Task task = store.get(id).orElse(null);
          assertThat(task == null ? null : task.status())
              .as("%s status of %s", where, id)
              .isEqualTo(row.present ? row.status : null);
          if (isReady(row)) {
            ready.add(id);
          }
          if (row.owner != null) {
            held.add(id + " " + row.token + " " + row.owner + " " + row.until + " " + row.attempt);
          }
        });
    assertThat(
            store.claims().list(IDS).stream()
                .map(
                    c ->
                        c.id()
                            + " "
                            + c.token()
                            + " "
                            + c.owner()
                            + " "
                            + c.until()
                            + " "
                            + c.attempt())
                .sorted()
                .toList())
        .as(where)
        .isEqualTo(held.stream().sorted().toList());
    assertThat(
            store.page(Query.where(Condition.ready()), PageRequest.first(IDS)).items().stream()
                .map(Task::id)
                .sorted()
                .toList())
        .as(where)
        .isEqualTo(ready.stream().sorted().toList());
  }
}
