package dev.quarry.tools.cli;

import java.nio.file.Path;
import java.util.Map;

/** Looks into a store's files without opening it for writing. */
@FunctionalInterface
interface StoreInspector {
  /** What is there, by part; values are maps, lists and what JSON knows. */
  Map<String, Object> inspect(Path directory);
}
