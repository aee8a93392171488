package dev.quarry.internal;

import dev.quarry.Link;
import dev.quarry.Task;
import dev.quarry.internal.read.GraphReader;
import dev.quarry.work.TaskGraph;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;

/** The graph verbs of a store, each over a view of its own. */
final class StoreGraph implements TaskGraph {
  private final Function<Function<GraphReader, Object>, Object> over;

  /** {@code over} runs work over a view of now. */
  StoreGraph(Function<Function<GraphReader, Object>, Object> over) {
    this.over = over;
  }

  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // what goes in comes out
  private <R> R read(Function<GraphReader, R> work) {
    return (R) over.apply(work::apply);
  }

  @Override
  public List<Task> blockersOf(String id) {
    Objects.requireNonNull(id, "id");
    return read(graph -> graph.blockersOf(id));
  }

  @Override
  public List<Task> dependentsOf(String id) {
    Objects.requireNonNull(id, "id");
    return read(graph -> graph.dependentsOf(id));
  }

  @Override
  public List<Task> linkedTo(String id, Link.Type type) {
    Objects.requireNonNull(id, "id");
    Objects.requireNonNull(type, "type");
    return read(graph -> graph.linkedTo(id, type));
  }

  @Override
  public List<Task> subtree(String id, int depth) {
    Objects.requireNonNull(id, "id");
    checkDepth(depth);
    return read(graph -> graph.subtree(id, depth));
  }

  private static void checkDepth(int depth) {
    if (depth < 0) {
      throw new IllegalArgumentException("depth must not be negative, but is " + depth);
    }
  }

  @Override
  public List<Task> whatUnlocks(String id) {
    Objects.requireNonNull(id, "id");
    return read(graph -> graph.whatUnlocks(id));
  }

  @Override
  public Map<String, Task> withDependencies(Collection<String> ids, int depth) {
    List<String> copy = List.copyOf(ids);
    checkDepth(depth);
    return read(graph -> graph.withDependencies(copy, depth));
  }

  @Override
  public List<Task> criticalPath(String id) {
    Objects.requireNonNull(id, "id");
    return read(graph -> graph.criticalPath(id));
  }

  @Override
  public List<Task> criticalPath() {
    return read(GraphReader::criticalPath);
  }

  @Override
  public List<String> findCycle() {
    return read(GraphReader::findCycle);
  }
}
