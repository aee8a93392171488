package dev.quarry.internal;

import dev.quarry.ProgressListener;
import dev.quarry.TaskStore;
import java.nio.file.Path;
import java.util.concurrent.FutureTask;

/**
 * Lets a reader go on whose index was rebuilt meanwhile. With {@code early} the old one is released
 * under it, which must end the process: it shows that the reader does read the old memory.
 */
final class EarlyReleaseProgram {
  private EarlyReleaseProgram() {}

  public static void main(String[] arguments) throws Exception {
    HeldIndex held = new HeldIndex(Path.of(arguments[0]), arguments[1].equals("early"));
    try (TaskStore store = held.open()) {
      for (int i = 0; i < HeldIndex.TASKS; i++) {
        store.insert(HeldIndex.task(i));
      }
      held.arm();
      FutureTask<Long> reader = new FutureTask<>(() -> store.count(HeldIndex.QUERY));
      new Thread(reader).start();
      held.reached.await();
      store.rebuildIndexes(ProgressListener.NONE);
      held.early.forEach(Runnable::run);
      System.out.println("released");
      held.goOn.countDown();
      System.out.println("counted " + reader.get());
    }
  }
}
