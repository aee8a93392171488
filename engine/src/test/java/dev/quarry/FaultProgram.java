package dev.quarry;

import dev.quarry.query.Query;
import dev.quarry.query.TaskFields;
import java.io.IOException;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Random;

/**
 * Writes and reads on a device that fails at some moment, and looks at what a caller is told then.
 * What it has written, and what it found, it keeps in a mapped file, which needs no call that could
 * fail too.
 */
final class FaultProgram {
  static final int IDS = 400;
  static final int BYTES = 64 << 10;

  private static final int OUTCOME = 0;
  private static final int PENDING = 2_048;
  private static final int MODEL = 4_096;
  private static final int MAX_CHARS = 1_900;

  /** The oracle: written by the child, read by the test. */
  static final class Oracle {
    private final MappedByteBuffer map;

    Oracle(Path file) throws IOException {
      try (FileChannel channel =
          FileChannel.open(
              file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
        map = channel.map(FileChannel.MapMode.READ_WRITE, 0, BYTES);
      }
    }

    /** How it ended; empty while it has not. */
    String outcome() {
      byte[] text = new byte[map.getInt(OUTCOME)];
      map.get(OUTCOME + 4, text);
      return new String(text, StandardCharsets.UTF_8);
    }

    void end(String outcome) {
      String cut = outcome.length() > MAX_CHARS ? outcome.substring(0, MAX_CHARS) : outcome;
      byte[] text = cut.getBytes(StandardCharsets.US_ASCII);
      map.put(OUTCOME + 4, text);
      map.putInt(OUTCOME, text.length);
    }

    long number(int id) {
      return map.getLong(MODEL + 8 * id);
    }

    /** The change under way: number, first id, how many; a number of 0 for none. */
    long[] pending() {
      return new long[] {map.getLong(PENDING), map.getLong(PENDING + 8), map.getLong(PENDING + 16)};
    }

    void begin(long n, int start, int size) {
      map.putLong(PENDING + 8, start).putLong(PENDING + 16, size).putLong(PENDING, n);
    }

    void acknowledged() {
      long[] pending = pending();
      for (int i = 0; i < pending[2]; i++) {
        map.putLong(MODEL + 8 * (int) ((pending[1] + i) % IDS), pending[0]);
      }
      map.putLong(PENDING, 0);
    }
  }

  private final TaskStoreOptions options;
  private final Oracle oracle;
  private final Random random;
  private final int changes;
  private final boolean readsMayFail;

  private FaultProgram(String[] arguments) throws IOException {
    oracle = new Oracle(Path.of(arguments[1]));
    random = new Random(Long.parseLong(arguments[2]));
    changes = Integer.parseInt(arguments[3]);
    readsMayFail = arguments[4].equals("reads-may-fail");
    options = options(Path.of(arguments[0]), Long.parseLong(arguments[5]));
  }

  static TaskStoreOptions options(Path directory, long writeBufferBytes) {
    return TaskStoreOptions.builder(directory)
        .writeBufferBytes(writeBufferBytes)
        .blockCacheBytes(1 << 20)
        .recordCacheBytes(0)
        .expectedTasks(1_000)
        .build();
  }

  public static void main(String[] arguments) throws IOException {
    FaultProgram program = new FaultProgram(arguments);
    try {
      program.oracle.end(program.run());
    } catch (RuntimeException | Error e) {
      program.oracle.end(
          "WRONG " + e + " at " + Arrays.stream(e.getStackTrace()).limit(12).toList());
    }
  }

  /** Opens, writes until it is refused, and closes; says what was refused first. */
  private String run() {
    TaskStore store;
    try {
      store = TaskStore.open(options);
    } catch (TaskStoreException e) {
      return "open refused: " + e;
    }
    String outcome = "nothing refused";
    try {
      for (int n = 1; n <= changes; n++) {
        TaskStoreException refused = change(store, n);
        if (refused != null) {
          outcome = "write refused: " + refused;
          afterRefusal(store, refused);
          break;
        }
        if (n % 20 == 0) {
          query(store);
        }
      }
      readAll(store);
    } finally {
      try {
        store.close();
      } catch (TaskStoreException e) {
        outcome += ", close refused: " + e;
      }
    }
    return outcome;
  }

  static Task task(int id, long n) {
    return Task.builder("E-" + id, "title " + n)
        .agent("a" + n % 7)
        .attribute("n", String.valueOf(n))
        .description(("text of " + n + " ").repeat(50 + id % 100))
        .build();
  }

  private TaskStoreException change(TaskStore store, long n) {
    int start = random.nextInt(IDS);
    int size = 1 + random.nextInt(40);
    oracle.begin(n, start, size);
    try (WriteBatch batch = store.newBatch()) {
      for (int i = 0; i < size; i++) {
        batch.put(task((start + i) % IDS, n));
      }
      batch.commit();
      if (random.nextInt(8) == 0) {
        store.sync();
      }
      oracle.acknowledged();
      return null;
    } catch (TaskStoreException e) {
      return e;
    }
  }

  /** The first cause is told to every later writer, and what is intact is served. */
  private void afterRefusal(TaskStore store, TaskStoreException first) {
    if (first instanceof StorageException storage && storage.isRetryable()) {
      return;
    }
    for (int i = 0; i < 3; i++) {
      try {
        store.put(Task.builder("later", "").build());
        throw new AssertionError("a store that failed takes writes, after " + first);
      } catch (StoreFailedException e) {
        Throwable cause = first instanceof StoreFailedException ? first.getCause() : first;
        if (e.getCause() == null || !e.getCause().toString().equals(cause.toString())) {
          throw new AssertionError("not the first cause: " + e + " after " + first, e);
        }
      }
    }
    readAll(store);
  }

  private void readAll(TaskStore store) {
    long[] pending = oracle.pending();
    for (int id = 0; id < IDS; id++) {
      try {
        long found = number(store, id);
        boolean isPending = pending[0] != 0 && Math.floorMod(id - pending[1], IDS) < pending[2];
        if (found != oracle.number(id) && !(isPending && found == pending[0])) {
          throw new AssertionError("E-" + id + " is " + found + " instead of " + oracle.number(id));
        }
      } catch (TaskStoreException e) {
        if (!readsMayFail) {
          throw e;
        }
      }
    }
  }

  static long number(TaskStore store, int id) {
    return store
        .get("E-" + id)
        .map(
            task -> {
              long n = Long.parseLong(task.attributes().get("n"));
              Task written = task(id, n);
              if (!task.title().equals(written.title())
                  || !task.agent().equals(written.agent())
                  || !task.description().equals(written.description())) {
                throw new AssertionError("a wrong task: " + task);
              }
              return n;
            })
        .orElse(0L);
  }

  private void query(TaskStore store) {
    try {
      int agent = random.nextInt(7);
      Query query =
          Query.where(TaskFields.AGENT.is("a" + agent)).orderBy(TaskFields.ID.ascending());
      for (Task task : store.page(query, PageRequest.first(50)).items()) {
        if (!task.agent().equals("a" + agent)) {
          throw new AssertionError("a wrong answer: " + task);
        }
      }
    } catch (TaskStoreException e) {
      if (!readsMayFail) {
        throw e;
      }
    }
  }
}
