package dev.quarry.tools.serving;

import dev.quarry.TaskStore;
import dev.quarry.change.Change;
import dev.quarry.query.Condition;
import java.util.List;
import java.util.function.Function;

/** What the server shows. Thread-safe; it outlives the server. */
public interface Served {
  /** The store, which is only read. */
  TaskStore store();

  /** The calls that are answered with JSON. */
  List<Route> routes();

  /** A change as JSON on one line; of a large one no more than where to find it. */
  String event(Change change);

  /** Reads the filter of a stream of changes. */
  Condition filter(String text);

  /** What a caller is told of a failure. */
  Refusal refusal(RuntimeException failure);

  /**
   * A call.
   *
   * @param path its path; names in braces are parts of it
   * @param json makes the answer, a JSON text, or throws
   */
  record Route(String path, Function<Call, String> json) {}

  /** What a caller gave. */
  interface Call {
    /** The part of the path that has this name. */
    String part(String name);

    /** The parameter of this name behind the question mark, or null. */
    String parameter(String name);
  }
}
