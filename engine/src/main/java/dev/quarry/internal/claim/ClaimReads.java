package dev.quarry.internal.claim;

import dev.quarry.Continuation;
import dev.quarry.InvalidContinuationException;
import dev.quarry.Page;
import dev.quarry.PageRequest;
import dev.quarry.StopReason;
import dev.quarry.Task;
import dev.quarry.internal.codec.IndexedFields;
import dev.quarry.internal.read.RecordReader;
import dev.quarry.internal.storage.Storage;
import dev.quarry.internal.storage.StorageSnapshot;
import dev.quarry.work.Claim;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The reading verbs of {@link dev.quarry.work.Claims}, also beside a writer. Thread-safe. */
public final class ClaimReads {
  private static final String TOKEN_PREFIX = "c1.";

  private final Storage storage;
  private final RecordReader reader;
  private final InstantSource clock;

  /** Reads over a storage. */
  public ClaimReads(Storage storage, RecordReader reader, InstantSource clock) {
    this.storage = storage;
    this.reader = reader;
    this.clock = clock;
  }

  private record Held(String id, ClaimRecord record) {}

  /** As {@link dev.quarry.work.Claims#claimOf}. */
  public Optional<Claim> claimOf(String id) {
    try (StorageSnapshot at = storage.snapshot()) {
      ClaimRecord record = ClaimTable.read(storage, id, at);
      return record.holds(now())
          ? claims(List.of(new Held(id, record)), at).stream().findFirst()
          : Optional.empty();
    }
  }

  /** As {@link dev.quarry.work.Claims#list(PageRequest)}. */
  public Page<Claim> list(PageRequest request) {
    String after = request.after() == null ? null : decode(request.after());
    List<Held> held = new ArrayList<>();
    long now = now();
    try (StorageSnapshot at = storage.snapshot()) {
      ClaimTable.forEachActive(
          storage,
          at,
          after,
          (id, record) -> {
            if (record.holds(now)) {
              held.add(new Held(id, record));
            }
            return held.size() <= request.size();
          });
      if (held.size() <= request.size()) {
        return new Page<>(claims(held, at), Continuation.END, StopReason.EXHAUSTED);
      }
      List<Held> shown = held.subList(0, request.size());
      Continuation next = encode(shown.get(shown.size() - 1).id());
      return new Page<>(claims(shown, at), next, StopReason.LIMIT_REACHED);
    }
  }

  private List<Claim> claims(List<Held> held, StorageSnapshot at) {
    List<Task> tasks =
        reader.tasksAt(held.stream().map(h -> reader.ordinalOf(h.id(), at)).toList(), at);
    Map<String, Task> byId = new HashMap<>();
    tasks.forEach(task -> byId.put(task.id(), task));
    List<Claim> claims = new ArrayList<>();
    for (Held claim : held) {
      Task task = byId.get(claim.id());
      // a claim ends in the commit that removes its task; a repair may lose the task alone
      if (task != null) {
        claims.add(ClaimVerbs.claim(task, claim.record()));
      }
    }
    return claims;
  }

  private long now() {
    return IndexedFields.micros(clock.instant());
  }

  private static Continuation encode(String id) {
    byte[] bytes = id.getBytes(StandardCharsets.UTF_8);
    return new Continuation(
        TOKEN_PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes));
  }

  private static String decode(Continuation after) {
    String token = after.token();
    try {
      if (token.startsWith(TOKEN_PREFIX)) {
        byte[] id = Base64.getUrlDecoder().decode(token.substring(TOKEN_PREFIX.length()));
        return new String(id, StandardCharsets.UTF_8);
      }
    } catch (IllegalArgumentException e) {
      throw foreign(token, e);
    }
    throw foreign(token, null);
  }

  private static InvalidContinuationException foreign(String token, Exception cause) {
    return new InvalidContinuationException(
        "the continuation is not one of a list of claims; start from the first page",
        Map.of("token", token),
        cause);
  }
}
