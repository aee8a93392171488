package dev.quarry.tools.cli;

import dev.quarry.TaskStore;
import dev.quarry.TaskStoreOptions;

/** Opens stores. */
@FunctionalInterface
interface StoreOpener {
  TaskStore open(TaskStoreOptions options);
}
