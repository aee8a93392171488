package dev.quarry;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Writes at random until it is killed; says after each hundred operations that it is there. */
final class TwinProgram {
  private static final int STEP = 100;

  private TwinProgram() {}

  public static void main(String[] arguments) {
    long seed = Long.parseLong(arguments[1]);
    RandomWorld world = new RandomWorld(seed, 400);
    SplittableRandom random = new SplittableRandom(seed);
    try (TaskStore store = TaskStore.open(Path.of(arguments[0]))) {
      for (long operation = 1; ; operation++) {
        try {
          operate(store, world, random);
        } catch (TaskStoreException e) {
          // refused, as a task that is there already is: no change
        }
        if (operation % STEP == 0) {
          System.out.println(operation);
        }
      }
    }
  }

  private static void operate(TaskStore store, RandomWorld world, SplittableRandom random) {
    switch (random.nextInt(12)) {
      case 0, 1, 2 -> store.put(world.task());
      case 3, 4, 5 -> store.update(world.id(), world::changed);
      case 6 -> store.delete(world.id());
      case 7 -> store.setStatus(List.of(world.id(), world.id()), world.one(Status.values()));
      case 8 -> bulk(store, world, random);
      case 9 -> index(store, world, random);
      default -> {
        try (WriteBatch batch = store.newBatch()) {
          batch.put(world.task()).delete(world.id()).put(world.task());
          batch.commit();
        }
      }
    }
  }

  private static void bulk(TaskStore store, RandomWorld world, SplittableRandom random) {
    List<Task> tasks = new ArrayList<>();
    for (int i = random.nextInt(30); i > 0; i--) {
      tasks.add(world.task("bulk-" + random.nextInt(1_000)));
    }
    store.insertAll(tasks);
  }

  /** Seldom: it is slow beside the others. */
  private static void index(TaskStore store, RandomWorld world, SplittableRandom random) {
    String name = "index-" + random.nextInt(4);
    if (random.nextInt(40) == 0 && !store.dropIndex(name)) {
      store.createIndex(world.index(name), ProgressListener.NONE);
    }
  }
}
