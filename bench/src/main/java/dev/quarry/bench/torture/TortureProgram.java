package dev.quarry.bench.torture;

import dev.quarry.Durability;
import dev.quarry.IndexInfo;
import dev.quarry.IndexSpec;
import dev.quarry.ProgressListener;
import dev.quarry.Status;
import dev.quarry.Task;
import dev.quarry.TaskStore;
import dev.quarry.TaskStoreException;
import dev.quarry.TaskStoreOptions;
import dev.quarry.change.WatchOptions;
import dev.quarry.query.TaskFields;
import dev.quarry.work.Claim;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;

/**
 * The process that is killed. Each of its lines ends in a mark, so that one cut short is told. It
 * announces each call before, and says each answer after it.
 */
final class TortureProgram {
  /** The end of a whole line. */
  static final String MARK = " .";

  /** Said whenever an update in chunks treats a task: a moment to die at. */
  static final String TURN = "turn";

  /** The named subscription that is watched in every life. */
  static final WatchOptions NAMED = WatchOptions.builder().name("follower").fromSequence(0).build();

  private static final int MOST_INDEXES = 4;
  private static final Set<String> CLAIMING = Set.of("claim", "next", "nextMany", Op.AWAIT);

  private final FileOutputStream out = new FileOutputStream(FileDescriptor.out);
  private final AtomicReference<Instant> clock;
  private final Path directory;
  private final long seed;
  private final long first;
  private final boolean powerLoss;
  private volatile boolean syncs;

  private TortureProgram(Path directory, long seed, long first, Instant now, boolean powerLoss) {
    this.directory = directory;
    this.seed = seed;
    this.first = first;
    this.clock = new AtomicReference<>(now);
    this.powerLoss = powerLoss;
  }

  /** Directory, seed, first number, time in milliseconds, whether power is lost in the end. */
  public static void main(String[] args) {
    new TortureProgram(
            Path.of(args[0]),
            Long.parseLong(args[1]),
            Long.parseLong(args[2]),
            Instant.ofEpochMilli(Long.parseLong(args[3])),
            Boolean.parseBoolean(args[4]))
        .run();
  }

  /** How child and parent open the store. */
  static TaskStoreOptions.Builder options(Path directory, AtomicReference<Instant> clock) {
    return TaskStoreOptions.builder(directory)
        .clock(clock::get)
        .expectedTasks(1_000)
        .changeLogCommits(Torture.CHANGE_LOG_COMMITS)
        .writeBufferBytes(2 << 20)
        .blockCacheBytes(8 << 20);
  }

  private synchronized void say(String line) {
    try {
      out.write((line + MARK + "\n").getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void run() {
    Random random = new Random(seed);
    syncs = random.nextInt(powerLoss ? 3 : 4) == 0;
    Durability durability = syncs ? Durability.SYNC : Durability.BUFFERED;
    try (TaskStore store =
        TaskStore.open(options(directory, clock).durability(durability).build())) {
      say("open");
      if (!powerLoss) {
        store.watch(NAMED, change -> say("feed " + change.sequence() + " " + change.id()));
      }
      Actor actor = new Actor(store, clock::set, () -> say(TURN));
      List<Claim> held = store.claims().list(10_000);
      List<Thread> threads = new ArrayList<>();
      for (int t = 0; t < Content.OWNED.size(); t++) {
        int number = t;
        Random own = new Random(random.nextLong());
        threads.add(thread("owner-" + t, () -> own(store, actor, held, number, own)));
      }
      if (!powerLoss) {
        Random own = new Random(random.nextLong());
        threads.add(thread("admin", () -> administer(store, own)));
      }
      for (Thread thread : threads) {
        thread.start();
      }
      for (Thread thread : threads) {
        thread.join();
      }
    } catch (InterruptedException | RuntimeException | Error e) {
      fail(e);
    }
  }

  private Thread thread(String name, Runnable work) {
    return new Thread(
        () -> {
          try {
            work.run();
          } catch (RuntimeException | Error e) {
            fail(e);
          }
        },
        name);
  }

  /** What nobody expects ends the process, with a word to the parent. */
  private void fail(Throwable e) {
    List<String> frames = Stream.of(e.getStackTrace()).limit(12).map(String::valueOf).toList();
    String cause = e.getCause() == null ? "" : " cause " + e.getCause();
    try {
      say("failed " + (e + cause + " at " + frames).replace('\n', ' '));
    } finally {
      Runtime.getRuntime().halt(3); // also where nobody listens any more
    }
  }

  private void own(TaskStore store, Actor actor, List<Claim> held, int number, Random random) {
    String range = Content.OWNED.get(number);
    Player player = new Player(range, random, first + number * 100_000L, clock::get, !powerLoss);
    for (Claim claim : held) {
      if (Content.range(claim.id()).equals(range)) {
        player.claimed(claim.id(), String.valueOf(claim.token()), claim.owner());
      }
    }
    for (long n = first + number * 100_000L; ; n++) {
      if (!powerLoss && random.nextInt(6) == 0) {
        long own = n;
        actor.beside(() -> shared(store, random, own));
        continue;
      }
      Op op = player.next();
      say("call " + number + " " + op);
      actor.run(
          op,
          answer -> {
            say("done " + number + " " + answer + (powerLoss && isSynced(op) ? lengths() : ""));
            note(player, op, answer);
          });
    }
  }

  /** A batch says by itself whether it is synced, other calls go by the store. */
  private boolean isSynced(Op op) {
    return op.verb().equals("sync")
        || (op.verb().equals("batch") ? op.arg(0).equals(Durability.SYNC.name()) : syncs);
  }

  private static void note(Player player, Op op, String answer) {
    String[] words = answer.split(" ", -1);
    if (CLAIMING.contains(op.verb())) {
      for (int i = 1; i + 2 < words.length; i += 3) {
        player.claimed(words[i], words[i + 1], op.arg(1));
      }
    }
    if (words[0].equals("ok") && !op.named().isEmpty()) {
      player.committed(op.named());
    }
  }

  /** The lengths of the logs: all of them is on the device, and perhaps a little behind it not. */
  private String lengths() {
    StringBuilder text = new StringBuilder(" synced");
    TreeMap<String, Long> logs = new TreeMap<>();
    for (Path log : PowerLoss.logs(directory)) {
      try {
        logs.put(log.getFileName().toString(), Files.size(log));
      } catch (IOException e) {
        logs.remove(log.getFileName().toString()); // it was given up since it was listed
      }
    }
    logs.forEach((name, bytes) -> text.append(' ').append(name).append(':').append(bytes));
    return text.toString();
  }

  /** A call in the range of all threads, of which only the acknowledgement is told. */
  private void shared(TaskStore store, Random random, long n) {
    String id = Content.id(Content.SHARED, random.nextInt(Content.IDS));
    try {
      switch (random.nextInt(8)) {
        case 0, 1, 2 -> wrote(store.put(Content.task(id, n)));
        case 3, 4 -> wrote(store.update(id, task -> Content.changed(task, n)));
        case 5 -> {
          long sequence = store.delete(id).orElse(0);
          if (sequence > 0) {
            say("wrote " + sequence + " " + id);
          }
        }
        case 6 -> store.setStatus(List.of(id), Status.TODO);
        default -> sharedClaim(store, n);
      }
    } catch (TaskStoreException e) {
      if (!Torture.SHARED_REFUSALS.contains(e.getClass().getSimpleName())) {
        throw e;
      }
    }
  }

  private void wrote(Task task) {
    say("wrote " + task.version() + " " + task.id());
  }

  private void sharedClaim(TaskStore store, long n) {
    Optional<Claim> claim =
        store
            .claims()
            .next(TaskFields.PROJECT.is(Content.SHARED), "w" + n % 5, Duration.ofSeconds(3));
    if (claim.isPresent()) {
      say("token " + claim.get().token() + " " + claim.get().id());
      if (n % 2 == 0) {
        wrote(store.claims().complete(claim.get()));
      }
    }
  }

  /** Creates, drops and rebuilds indexes. */
  private void administer(TaskStore store, Random random) {
    List<String> names = new ArrayList<>();
    for (IndexInfo index : store.indexes()) {
      if (!index.builtIn()) {
        names.add(index.spec().name());
      }
    }
    for (long n = first; ; n++) {
      int kind = random.nextInt(10);
      if (kind == 0) {
        say("rebuild");
        store.rebuildIndexes(ProgressListener.NONE);
      } else if (names.size() < MOST_INDEXES && kind < 6) {
        String name = "own-" + n;
        say("create " + name);
        store.createIndex(index(name, random), ProgressListener.NONE);
        names.add(name);
        say("created " + name);
      } else if (!names.isEmpty()) {
        String name = names.remove(random.nextInt(names.size()));
        say("drop " + name);
        store.dropIndex(name);
        say("dropped " + name);
      }
    }
  }

  private static IndexSpec index(String name, Random random) {
    return random.nextBoolean()
        ? IndexSpec.equality(name, TaskFields.attribute("n"))
        : IndexSpec.ordered(name, TaskFields.AGENT.descending(), TaskFields.ID.ascending());
  }
}
