package dev.quarry.change;

import dev.quarry.Task;
import java.time.Instant;
import java.util.Objects;

/**
 * What one commit did to one task. Immutable; thread-safe.
 *
 * <p>A task whose texts are larger than {@link WatchOptions#maxEventBytes} comes as a {@linkplain
 * Task#isPartial partial} one with only its id and version; read the store for the rest.
 *
 * @param sequence the commit's; changes of one commit share it
 * @param at when it was committed
 * @param action what happened to the task
 * @param cause the verb that did it, such as {@code write}, {@code claim} or {@code undo}
 * @param actor who did it, or null where nobody was named
 * @param id the task
 * @param before the task until then, null for a new one; conflated changes keep the first's
 * @param after the task from then on, null for a removed one; its version is the sequence
 */
public record Change(
    long sequence,
    Instant at,
    Kind action,
    String cause,
    String actor,
    String id,
    Task before,
    Task after) {

  /** What happened to a task. */
  public enum Kind {
    /** There was none of this id before. */
    CREATED,
    /** It was there and is different now. */
    UPDATED,
    /** It is gone. */
    DELETED
  }

  /** Checks that what must be there is there. */
  public Change {
    Objects.requireNonNull(at, "at");
    Objects.requireNonNull(action, "action");
    Objects.requireNonNull(cause, "cause");
    Objects.requireNonNull(id, "id");
  }
}
