package dev.quarry.internal.past;

import dev.quarry.internal.read.Queries;
import dev.quarry.internal.read.ToldDamage;
import dev.quarry.query.Condition;

/**
 * The tasks that may have satisfied a condition at a past sequence: those that satisfy it now, by
 * the indexes, and those touched since. A task that was not touched since is as it was, so nothing
 * is missed. For the indexes are of the present, and the change log knows the difference.
 */
final class Candidates {
  private static final int FIRST = 256;
  private static final int LARGEST = 65_536;

  private final Queries present;
  private final Condition condition;
  private final long[] touched;
  private final ToldDamage told;
  private long position;
  private int nextTouched;
  private long[] found = {};
  private int nextFound;
  private int size = FIRST;
  private boolean ended;

  /** From an ordinal on; {@code touched} rises. */
  Candidates(
      Queries present,
      Condition condition,
      long[] touched,
      int nextTouched,
      long from,
      ToldDamage told) {
    this.told = told;
    this.present = present;
    this.condition = condition;
    this.touched = touched;
    this.nextTouched = nextTouched;
    this.position = from - 1;
  }

  /** The next candidate, rising, each once; -1 at the end. */
  long next() {
    if (nextFound == found.length && !ended) {
      found = present.ordinals(condition, position, size, told);
      nextFound = 0;
      ended = found.length < size;
      size = Math.min(LARGEST, size * 4);
    }
    long indexed = nextFound < found.length ? found[nextFound] : Long.MAX_VALUE;
    long other = nextTouched < touched.length ? touched[nextTouched] : Long.MAX_VALUE;
    long next = Math.min(indexed, other);
    if (next == Long.MAX_VALUE) {
      return -1;
    }
    nextFound += indexed == next ? 1 : 0;
    nextTouched += other == next ? 1 : 0;
    position = next;
    return next;
  }
}
