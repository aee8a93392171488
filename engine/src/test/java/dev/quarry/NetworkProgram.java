package dev.quarry;

import dev.quarry.query.Query;
import java.nio.file.Path;
import java.time.Duration;

/** Opens stores in every way and uses them. */
final class NetworkProgram {
  private NetworkProgram() {}

  public static void main(String[] arguments) throws Exception {
    LoggedProgram.main(arguments);
    Path path = Path.of(arguments[0]);
    Path backups = path.resolveSibling("own-backups");
    try (TaskStore store = TaskStore.open(path);
        TaskStore reader = TaskStore.openReadOnly(path)) {
      store.backup(backups);
      store.updateAll("job", Query.all(), 10, task -> task.withPriority(Priority.LOW)).await();
      store.claims().next("w", Duration.ofMillis(1));
      store.compact();
      System.out.println("tasks " + reader.count(Query.all()));
    }
    try {
      TaskStore.open(path).close();
    } finally {
      TaskStore.restore(backups, path.resolveSibling("own-restored"));
    }
    if (arguments.length > 1) { // so that the test sees what it would see
      new java.net.Socket().close();
      java.nio.channels.DatagramChannel.open().close();
    }
    System.out.println("network end");
  }
}
