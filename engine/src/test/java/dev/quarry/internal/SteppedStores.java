package dev.quarry.internal;

import dev.quarry.TaskStore;
import dev.quarry.TaskStoreOptions;
import dev.quarry.internal.write.CommitSteps;
import java.util.function.UnaryOperator;

/** Opens stores that tell tests of other packages how far each commit has come. */
public final class SteppedStores {
  private SteppedStores() {}

  /** A store for writing. */
  public static TaskStore open(TaskStoreOptions options, CommitSteps steps) {
    return StoreFactory.openWriting(options, steps, UnaryOperator.identity());
  }
}
