package dev.quarry.internal;

import dev.quarry.Job;
import dev.quarry.Task;
import dev.quarry.TaskStore;
import dev.quarry.TaskStoreOptions;
import dev.quarry.index.PostingIndex;
import dev.quarry.internal.write.CommitSteps;
import dev.quarry.query.Query;
import dev.quarry.query.TaskFields;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;

/**
 * A store with an index in which a reader can be stopped: amid a walk over the terms of a field,
 * with the address of a term in its hand.
 */
final class HeldIndex {
  /** Makes its reader walk over the terms of the agents. */
  static final Query QUERY = Query.where(TaskFields.AGENT.startsWith("a"));

  static final int TASKS = 400;

  final CountDownLatch reached = new CountDownLatch(1);
  final CountDownLatch goOn = new CountDownLatch(1);
  final List<Runnable> early = new ArrayList<>();
  private final Path directory;
  private final boolean releasesEarly;
  private volatile boolean armed;

  /** {@code releasesEarly} is the planted mistake: {@link #early} collects what it releases. */
  HeldIndex(Path directory, boolean releasesEarly) {
    this.directory = directory;
    this.releasesEarly = releasesEarly;
  }

  TaskStore open() {
    return StoreFactory.openWriting(
        TaskStoreOptions.builder(directory).expectedTasks(TASKS).build(),
        CommitSteps.NONE,
        this::stopping);
  }

  static Task task(int i) {
    return Task.builder("T-" + i, "title " + i).agent((i % 2 == 0 ? "a" : "b") + i % 40).build();
  }

  /** The next reader that walks over the terms stops behind the first. */
  void arm() {
    armed = true;
  }

  private PostingIndex stopping(PostingIndex index) {
    return (PostingIndex)
        Proxy.newProxyInstance(
            PostingIndex.class.getClassLoader(),
            new Class<?>[] {PostingIndex.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("forEachTerm")) {
                arguments[1] = stopping((PostingIndex.TermVisitor) arguments[1]);
              }
              Object result;
              try {
                result = method.invoke(index, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
              if (releasesEarly && method.getName().equals("discard")) {
                early.add((Runnable) result);
                return (Runnable) () -> {};
              }
              return result;
            });
  }

  private PostingIndex.TermVisitor stopping(PostingIndex.TermVisitor visitor) {
    return (value, cardinality) -> {
      visitor.term(value, cardinality);
      if (armed) {
        armed = false;
        reached.countDown();
        try {
          goOn.await();
        } catch (InterruptedException e) {
          throw new IllegalStateException(e);
        }
      }
    };
  }

  /** Counts by a job, in a thread that holds no lease of a caller. */
  static long countByJob(TaskStore store, String name) throws InterruptedException {
    Job job = store.updateAll(name, QUERY, TASKS, task -> task);
    return job.await().treated();
  }

  /** Bytes of entries that are mapped, also of files that have no name any more. */
  long mappedBytes() throws IOException {
    long bytes = 0;
    try (Stream<String> lines = Files.lines(Path.of("/proc/self/maps"))) {
      String inside = directory.resolve(StoreFactory.INDEX) + "/";
      for (String line : lines.filter(l -> l.contains(inside) && l.contains(".map")).toList()) {
        int dash = line.indexOf('-');
        long from = Long.parseUnsignedLong(line, 0, dash, 16);
        bytes += Long.parseUnsignedLong(line, dash + 1, line.indexOf(' '), 16) - from;
      }
    }
    return bytes;
  }

  List<String> files() throws IOException {
    try (Stream<Path> found = Files.list(directory.resolve(StoreFactory.INDEX))) {
      return found.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }
}
