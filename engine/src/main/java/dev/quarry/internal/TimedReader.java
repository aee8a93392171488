package dev.quarry.internal;

import dev.quarry.internal.read.Queries;
import dev.quarry.internal.read.Reads;
import java.util.function.Function;
import java.util.function.Supplier;

/** Another reader with another time for each query. */
final class TimedReader extends ReaderVerbs {
  private final ReaderVerbs base;

  TimedReader(ReaderVerbs base, Reads reads) {
    super(base.guard, base.handles, reads);
    this.base = base;
  }

  @Override
  <R> R query(Reads with, Function<Queries, R> work) {
    return base.query(with, work);
  }

  @Override
  <R> R withCallbacks(Supplier<R> work) {
    return base.withCallbacks(work);
  }

  @Override
  Reads.Pinned pin() {
    return base.pin();
  }
}
