package dev.quarry.internal.write;

import dev.quarry.internal.codec.IndexedFields;
import java.util.List;
import java.util.function.Supplier;

/** Is told of every commit behind which tasks are ready that it touched, when it is complete. */
@FunctionalInterface
public interface ReadyListener {
  /** Listens to nothing. */
  ReadyListener NONE = tasks -> {};

  /**
   * A commit has been made. In the committing thread; must neither block nor throw.
   *
   * @param tasks gives those that became ready, or were and are changed; costs a walk of the commit
   */
  void committed(Supplier<List<IndexedFields>> tasks);
}
