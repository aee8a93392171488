package dev.quarry.internal;

import dev.quarry.TaskStore;
import dev.quarry.TaskStoreOptions;

/** Opens stores. */
public final class StoreFactory {
  private StoreFactory() {}

  /** Opens a store. */
  public static TaskStore open(TaskStoreOptions options) {
    if (options.directory() == null) {
      return null;
    }
    throw new IllegalStateException("under construction");
  }
}
