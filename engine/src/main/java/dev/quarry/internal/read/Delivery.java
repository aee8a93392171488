package dev.quarry.internal.read;

import dev.quarry.CorruptionException;
import java.util.function.LongFunction;

/** How a cursor delivers the rows that it has found. */
public final class Delivery {
  private Delivery() {}

  /**
   * What is read of the task at the head of a run, which leaves it by {@code remove}. What is
   * damaged leaves it too, so that the cursor comes past it; what fails otherwise stays, to be
   * asked for again.
   */
  public static <R> R take(long head, LongFunction<R> read, Runnable remove) {
    R delivered;
    try {
      delivered = read.apply(head);
    } catch (CorruptionException e) {
      remove.run();
      throw e;
    }
    remove.run();
    return delivered;
  }
}
