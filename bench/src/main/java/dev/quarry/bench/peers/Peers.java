package dev.quarry.bench.peers;

import dev.quarry.Status;
import dev.quarry.Task;
import dev.quarry.bench.LiveFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.TreeMap;

/** The peers on the class path, and what they have in common. */
public final class Peers {
  private static final List<PeerFactory> YARDSTICKS =
      List.of(
          new QuarryFactory(), new UncachedQuarryFactory(), new RawFactory(), new ExpertFactory());

  private Peers() {}

  /**
   * All, by name, in the order of measuring: the yardsticks and, where they are on the class path,
   * other stores.
   */
  public static Map<String, PeerFactory> all() {
    Map<String, PeerFactory> found = new LinkedHashMap<>();
    YARDSTICKS.forEach(f -> found.put(f.name(), f));
    Map<String, PeerFactory> others = new TreeMap<>();
    ServiceLoader.load(PeerFactory.class).forEach(f -> others.put(f.name(), f));
    found.putAll(others);
    return found;
  }

  /** Whether it is Quarry or what it is measured by, and no product of others. */
  public static boolean isYardstick(PeerFactory factory) {
    return YARDSTICKS.stream().anyMatch(y -> y.name().equals(factory.name()));
  }

  /**
   * One, by name.
   *
   * @throws IllegalArgumentException if there is none of that name
   */
  public static PeerFactory named(String name) {
    Map<String, PeerFactory> all = all();
    PeerFactory factory = all.get(name);
    if (factory == null) {
      throw new IllegalArgumentException(
          "no peer is named \""
              + name
              + "\"; there are "
              + String.join(", ", all.keySet())
              + " (others come with the Maven profile \"peers\")");
    }
    return factory;
  }

  /** The task as a change of its status leaves it; the same object if it has that status. */
  public static Task withStatus(Task task, Status status, Instant now) {
    if (task.status() == status) {
      return task;
    }
    Task.Builder changed = task.toBuilder().status(status).updatedAt(now);
    if (status == Status.DONE) {
      changed.completedAt(now);
    } else if (task.status() == Status.DONE) {
      changed.completedAt(null);
    }
    return changed.build();
  }

  /** Bytes of all files below a directory, which others may change meanwhile. */
  public static long diskBytes(Path directory) {
    long[] bytes = {0};
    try {
      LiveFiles.forEach(directory, (file, size) -> bytes[0] += size);
      return bytes[0];
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
