package dev.quarry;

import dev.quarry.internal.storage.Storage;
import dev.quarry.query.Query;
import dev.quarry.query.QueryPlan.Access;
import dev.quarry.query.TaskFields;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;

/**
 * Fills the small device that holds its store, again and again, with and without a reserve, and
 * writes until it is refused and from when there is space again, which brings back the index too
 * where it got none; or opens, repairs and salvages its store there. Says {@code ok} at the end, or
 * what was wrong. Run by a test in a mount of its own.
 */
final class FullDeviceProgram {
  private static final int MOST_FILES = 100_000;
  private static final int MOST_ROUNDS = 3;
  private static final long PATIENCE_NANOS = 300_000_000_000L;

  private static final Query INDEXED = Query.where(TaskFields.STATUS.is(Status.TODO));

  private final Path device;
  private final Path ballast;
  private final Set<Integer> acknowledged = new HashSet<>();
  private int next;
  private int tags = 1;
  private boolean indexFailed;

  private FullDeviceProgram(Path device) {
    this.device = device;
    this.ballast = device.resolve("ballast");
  }

  public static void main(String[] arguments) {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    try {
      FullDeviceProgram program = new FullDeviceProgram(Path.of(arguments[0]));
      if (arguments[1].equals("write")) {
        int rounds = Integer.parseInt(arguments[2]);
        program.run(8 << 20, 4 << 20, rounds);
        program.run(0, 0, rounds); // as if others had eaten the reserve between two looks
        program.tags = 300; // the index wants more room than the log, which has got some ahead
        program.run(0, 0, 1);
        program.openWhileFull();
      } else {
        program.makeSmall();
        program.openWithoutRoomForTheIndex();
        program.saveWhileFull();
      }
      out.println("ok");
    } catch (Exception | Error e) {
      e.printStackTrace(out);
    }
  }

  private TaskStore open(long reserve) {
    return TaskStore.open(
        TaskStoreOptions.builder(device.resolve("store"))
            .reservedDiskBytes(reserve)
            .writeBufferBytes(1 << 20)
            .expectedTasks(1_000)
            .build());
  }

  private Task task(int i) {
    Task.Builder task = Task.builder("F-" + i, "title " + i).agent("a" + i % 50);
    for (int tag = 0; tag < tags; tag++) {
      task.tag("t" + i + "-" + tag);
    }
    return tags > 1 ? task.build() : task.description(("text " + i + " ").repeat(80)).build();
  }

  private void run(long reserve, int leave, int rounds) throws IOException {
    try (TaskStore store = open(reserve)) {
      for (int round = 0;
          round < rounds || (tags > 1 && !indexFailed && round < MOST_ROUNDS);
          round++) {
        for (int i = 0; i < (tags > 1 ? 20 : 100); i++) {
          insert(store);
        }
        fill(leave);
        StorageException refused = refused(store);
        indexFailed |= store.stats().index().rows() != store.stats().tasks();
        expect(refused.isRetryable(), "retryable: " + refused);
        expect(refused.summary().contains("free space"), "the remedy: " + refused);
        if (reserve > 0) {
          expect(refused.context().containsKey("freeBytes"), "free bytes: " + refused);
        }
        check(store);
        Files.delete(ballast);
        resume(store);
        check(store);
        awaitIndex(store);
        check(store);
      }
    }
    try (TaskStore store = open(0)) {
      check(store);
      expect(store.verify(true, ProgressListener.NONE).isOk(), "verify: " + store.verify());
    }
  }

  /** Reading is of help to who makes room; writing waits for it, and says so. */
  private void openWhileFull() throws IOException {
    fill(0);
    Path files = fillWithFiles();
    try (TaskStore reader = TaskStore.openReadOnly(device.resolve("store"))) {
      check(reader);
    }
    Storage.deleteTree(files);
    try (TaskStore store = open(0)) {
      check(store);
    } catch (StorageException e) {
      expect(e.isRetryable() && e.toString().contains("free space"), "to be retried: " + e);
    }
    Files.delete(ballast);
    try (TaskStore store = open(0)) {
      check(store);
      insert(store);
    }
  }

  private void makeSmall() {
    try (TaskStore store = open(0)) {
      for (int i = 0; i < 500; i++) {
        insert(store);
      }
      store.compact();
    }
  }

  /** With so little room that RocksDB can be opened and no index be built, or none of both. */
  private void openWithoutRoomForTheIndex() throws IOException {
    int opened = 0;
    for (int leave = 32 << 10; leave <= 4 << 20; leave *= 2) {
      Storage.deleteTree(device.resolve("store").resolve("index"));
      fill(leave);
      try (TaskStore store = open(0)) {
        check(store);
        opened += store.stats().index().rows() == store.stats().tasks() ? 0 : 1;
        Files.delete(ballast);
        resume(store);
        awaitIndex(store);
        check(store);
      } catch (StorageException e) {
        expect(e.isRetryable() && e.toString().contains("free space"), "to be retried: " + e);
        Files.delete(ballast);
      }
    }
    expect(opened > 0, "it was never opened without its index");
  }

  /** A repair or salvage that finds no room can be repeated, and leaves nothing till then. */
  private void saveWhileFull() throws IOException {
    Path store = device.resolve("store");
    Path target = device.resolve("target");
    Files.delete(store.resolve("data").resolve("CURRENT"));
    Files.createDirectory(target);
    Path files = fillWithFiles();
    for (int free = 0; free < 6; free++) { // neither for the lock, nor for the mark beside it, ...
      expectNoRoom(target, () -> TaskStore.salvage(store, target, ProgressListener.NONE));
      Files.delete(target); // it is empty
      Files.createDirectory(target);
      Files.delete(files.resolve("f" + free));
    }
    Storage.deleteTree(files);
    for (int leave : new int[] {0, 64 << 10}) {
      fill(leave);
      expectNoRoom(store, () -> TaskStore.repair(store, ProgressListener.NONE));
      expect(Files.notExists(store.resolve("repaired")), "something is left of the repair");
      expectNoRoom(target, () -> TaskStore.salvage(store, target, ProgressListener.NONE));
      Files.delete(target); // it is empty
      Files.createDirectory(target);
      Files.delete(ballast);
    }
    expect(TaskStore.repair(store, ProgressListener.NONE).aside().isPresent(), "not repaired");
    try (TaskStore repaired = open(0)) {
      check(repaired);
    }
  }

  private static void expectNoRoom(Path directory, Runnable call) {
    try {
      call.run();
    } catch (StorageException e) {
      expect(e.isRetryable() && e.summary().contains("free space"), "to be repeated: " + e);
      expect(directory.equals(e.context().get("directory")), "the directory: " + e);
      return;
    }
    throw new AssertionError("there was room");
  }

  /** Empty files, until not even a folder can be made. */
  private Path fillWithFiles() throws IOException {
    Path files = Files.createDirectory(device.resolve("files"));
    for (int i = 0; i < MOST_FILES; i++) {
      try {
        Files.createFile(files.resolve("f" + i));
      } catch (FileSystemException e) {
        return files;
      }
    }
    throw new AssertionError("the device takes any number of files");
  }

  private void insert(TaskStore store) {
    store.insert(task(next));
    acknowledged.add(next++);
  }

  private void fill(int leave) throws IOException {
    try (OutputStream out = Files.newOutputStream(ballast)) {
      byte[] block = new byte[16 << 10];
      while (true) {
        out.write(block);
      }
    } catch (IOException e) {
      try (FileChannel file = FileChannel.open(ballast, StandardOpenOption.WRITE)) {
        file.truncate(Math.max(0, Files.size(ballast) - leave));
      }
    }
  }

  private StorageException refused(TaskStore store) throws IOException {
    for (int i = 0; i < 100_000; i++) {
      try {
        insert(store);
        if (tags > 1 && !isIndexed(store)) {
          fill(
              0); // what the index gives back is not for tasks that no index of theirs has room for
        }
      } catch (StorageException e) {
        next++; // this one may or may not be there, and is never asked for
        return e;
      }
    }
    throw new AssertionError("the device is never full");
  }

  private void resume(TaskStore store) {
    long giveUp = System.nanoTime() + PATIENCE_NANOS;
    while (true) {
      try {
        insert(store);
        return;
      } catch (StorageException e) {
        next++;
        expect(e.isRetryable(), "still retryable: " + e);
        expect(System.nanoTime() < giveUp, "writes do not resume: " + e);
        Thread.onSpinWait();
      }
    }
  }

  /** Also one that is being rebuilt has a row for each task at the end, and may fail then. */
  private static boolean isIndexed(TaskStore store) {
    return store.explain(INDEXED).access() == Access.POSTINGS
        && store.stats().index().rows() == store.stats().tasks();
  }

  /** Where it got no room it is rebuilt by itself, and follows the writes again. */
  private static void awaitIndex(TaskStore store) {
    long giveUp = System.nanoTime() + PATIENCE_NANOS;
    while (!isIndexed(store)) {
      expect(System.nanoTime() < giveUp, "the index does not come back: " + store.stats());
      LockSupport.parkNanos(1_000_000);
    }
  }

  private void check(TaskStore store) {
    for (int i : acknowledged) {
      expect(store.get("F-" + i).isPresent(), "F-" + i + " is lost");
    }
    expect(store.verify().isOk(), "verify " + store.verify().problems());
  }

  private static void expect(boolean condition, String what) {
    if (!condition) {
      throw new AssertionError(what);
    }
  }
}
