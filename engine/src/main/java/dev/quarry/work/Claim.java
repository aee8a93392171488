package dev.quarry.work;

import dev.quarry.Task;
import java.time.Instant;
import java.util.Objects;

/**
 * A worker's exclusive right to a task for a limited time. A value: it does not change when the
 * claim is renewed or lost; the store decides by id, token and owner.
 *
 * @param id the task's id
 * @param task the task as of the verb that returned this; null where it was not read ({@link
 *     #reference})
 * @param token the fencing token: rises with every claim of the task, from 1, over restarts and
 *     deletions; what a worker does outside the store can be guarded with it
 * @param owner who has the claim
 * @param until the end of the lease, by the store's clock; null where it is not known
 * @param attempt which try at the task this is: 1, and one more after each that failed or ran out;
 *     0 where it is not known
 */
public record Claim(String id, Task task, long token, String owner, Instant until, int attempt) {
  /** Checks that id and owner are there and that the token can be one. */
  public Claim {
    Objects.requireNonNull(id, "id");
    Objects.requireNonNull(owner, "owner");
    if (token < 1) {
      throw new IllegalArgumentException("a claim's token is at least 1, but is " + token);
    }
  }

  /** A claim by what names it, for a worker that kept no more of it, such as another process. */
  public static Claim reference(String id, long token, String owner) {
    return new Claim(id, null, token, owner, null, 0);
  }
}
