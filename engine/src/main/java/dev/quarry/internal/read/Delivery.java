package dev.quarry.internal.read;

import dev.quarry.CorruptionException;
import java.util.Queue;
import java.util.function.Function;

/** How a cursor delivers the rows that it has found. */
public final class Delivery {
  private Delivery() {}

  /**
   * What is read of the head of a run, which it leaves. What is damaged leaves it too, so that the
   * cursor comes past it; what fails otherwise stays, to be asked for again.
   */
  public static <T, R> R take(Queue<T> run, Function<T, R> read) {
    R delivered;
    try {
      delivered = read.apply(run.element());
    } catch (CorruptionException e) {
      run.remove();
      throw e;
    }
    run.remove();
    return delivered;
  }
}
