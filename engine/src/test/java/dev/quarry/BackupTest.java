package dev.quarry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quarry.change.Change;
import dev.quarry.change.Subscription;
import dev.quarry.change.WatchOptions;
import dev.quarry.internal.care.backup.BackupDirectory;
import dev.quarry.query.TaskFields;
import dev.quarry.work.Claim;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * A backup restores to an equal store, of one moment, and a damaged one is refused. {@code
 * -Dquarry.damages=N} flips and cuts each file N times, 1,000 at most, {@code -Dquarry.seed=S} by
 * other dice.
 */
@Timeout(300)
class BackupTest {
  private static final long SEED = Campaign.seed(901);

  /** How often each file of a backup is damaged; the 10,000 of other suites would take hours. */
  private static final int DAMAGES = Math.min(1_000, Integer.getInteger("quarry.damages", 1));

  private static final int WRITERS = 3;
  private static final IndexSpec OWN = IndexSpec.equality("own", TaskFields.attribute("team"));

  @TempDir Path directory;

  private Path store() {
    return directory.resolve("store");
  }

  private Path backups() {
    return directory.resolve("backups");
  }

  private static Task task(int i, String note) {
    return Task.builder("T-" + i, "title " + i)
        .agent("a" + i % 7)
        .tag("t" + i % 5)
        .description(("text of " + i + " ").repeat(20))
        .notes(note)
        .build();
  }

  private StoreContents restored(long number, String name) {
    Path target = directory.resolve(name);
    BackupInfo info = Backups.open(backups()).restore(number, target);
    assertThat(Files.exists(target.resolve("index"))).isFalse();
    try (TaskStore store = TaskStore.open(target)) {
      assertThat(store.sequence()).isEqualTo(info.sequence());
      assertThat(store.stats().tasks()).isEqualTo(info.tasks());
      assertThat(store.verify(true, ProgressListener.NONE).problems()).isEmpty();
      StoreContents contents = StoreContents.of(store);
      store.put(task(999_999, "the restored store takes writes"));
      return contents;
    }
  }

  @Test
  void restoresEqualStoresIncrementalOnesToo() throws Exception {
    List<StoreContents> contents = new ArrayList<>();
    List<BackupInfo> infos = new ArrayList<>();
    RandomWorld world = new RandomWorld(SEED, 60);
    WatchOptions named = WatchOptions.builder().name("worker").fromSequence(0).build();
    try (TaskStore store = TaskStore.open(store())) {
      store.createIndex(world.index("own"), ProgressListener.NONE);
      RandomVerbs verbs = new RandomVerbs(store, world, world::id, (sequence, ids) -> {});
      for (int round = 0; round < 4; round++) {
        for (int i = 0; i < 500; i++) {
          store.put(task(round * 300 + i, "round " + round));
          verbs.one();
        }
        store.delete("T-" + round);
        store.insertAll(List.of(task(5_000 + round, "claimed"), task(6_000 + round, "archived")));
        assertThat(store.claims().tryClaim("T-" + (5_000 + round), "w", Duration.ofDays(1)))
            .isPresent();
        store.archive(List.of("T-" + (6_000 + round)));
        try (Subscription subscription = store.watch(named, change -> {})) {
          assertThat(subscription.await(store.sequence(), Duration.ofSeconds(60))).isTrue();
        }
        infos.add(store.backup(backups()));
        contents.add(StoreContents.of(store));
        assertThat(contents.get(round).isFull()).as("seed %d, round %d", SEED, round).isTrue();
        assertThat(infos.get(round).sequence()).isEqualTo(store.sequence());
      }
    }
    assertThat(Backups.open(backups()).list()).isEqualTo(infos);
    assertThat(infos.get(3).newFiles()).isLessThan(infos.get(3).files());
    for (int round = 0; round < 4; round++) {
      assertThat(Backups.open(backups()).verify(round + 1L)).isEmpty();
      assertThat(contents.get(round).differenceTo(restored(round + 1L, "restored" + round)))
          .as("seed %d, round %d", SEED, round)
          .isEmpty();
    }
    assertThat(Backups.open(backups()).purge(1)).containsExactly(1L, 2L, 3L);
    assertThat(contents.get(3).differenceTo(restored(4, "after purge"))).isEmpty();
    Path newest = directory.resolve("newest");
    assertThat(TaskStore.restore(backups(), newest)).isEqualTo(infos.get(3));
    assertThat(newest).isDirectoryNotContaining("glob:**/index");
  }

  /** What callers find of an id. */
  private record State(StoreContents.Line task, StoreContents.Line archived, Claim claim) {
    static final State NONE = new State(null, null, null);

    static State of(TaskStore store, String id) {
      return new State(
          store.get(id).map(StoreContents.Line::of).orElse(null),
          store.getArchived(id).map(StoreContents.Line::of).orElse(null),
          store.claims().claimOf(id).orElse(null));
    }
  }

  /** Writes to ids that no other writes to, and so knows what they are behind each commit. */
  private static final class Writer implements Callable<Map<String, NavigableMap<Long, State>>> {
    private final Map<String, NavigableMap<Long, State>> states = new TreeMap<>();
    private final AtomicBoolean stop;
    private final TaskStore store;
    private final int number;

    Writer(TaskStore store, int number, AtomicBoolean stop) {
      this.store = store;
      this.number = number;
      this.stop = stop;
    }

    @Override
    public Map<String, NavigableMap<Long, State>> call() {
      RandomWorld world = new RandomWorld(SEED + number, 240);
      RandomVerbs verbs = new RandomVerbs(store, world, () -> own(world), this::note);
      while (!stop.get()) {
        verbs.one();
      }
      return states;
    }

    private String own(RandomWorld world) {
      while (true) {
        String id = world.id();
        if (Math.floorMod(id.hashCode(), WRITERS) == number) {
          return id;
        }
      }
    }

    private void note(long sequence, Collection<String> ids) {
      for (String id : ids) {
        states.computeIfAbsent(id, k -> new TreeMap<>()).put(sequence, State.of(store, id));
      }
    }
  }

  @Test
  void isOfOneMomentUnderFullLoad() throws Exception {
    AtomicBoolean stop = new AtomicBoolean();
    AtomicInteger compactions = new AtomicInteger();
    List<BackupInfo> infos = new ArrayList<>();
    List<Long> before = new ArrayList<>();
    Map<String, NavigableMap<Long, State>> states = new TreeMap<>();
    List<Change> log;
    ExecutorService threads = Executors.newFixedThreadPool(WRITERS + 1);
    try (TaskStore store = TaskStore.open(store())) {
      store.insert(Task.builder("K", "kept by one claim").build()); // no id of the writers
      assertThat(store.claims().tryClaim("K", "w", Duration.ofDays(1))).isPresent();
      states.put("K", new TreeMap<>(Map.of(store.sequence(), State.of(store, "K"))));
      List<Future<Map<String, NavigableMap<Long, State>>>> writers = new ArrayList<>();
      for (int n = 0; n < WRITERS; n++) {
        writers.add(threads.submit(new Writer(store, n, stop)));
      }
      Future<?> upkeep =
          threads.submit(
              () -> {
                while (!stop.get()) {
                  store.createIndex(OWN, ProgressListener.NONE);
                  store.compact();
                  compactions.incrementAndGet();
                  store.dropIndex(OWN.name());
                }
              });
      for (int n = 0; n < 4; n++) {
        long from = store.sequence() + 200;
        int round = compactions.get();
        Until.holds(
            "all go on",
            () ->
                (store.sequence() > from && compactions.get() > round)
                    || upkeep.isDone()
                    || writers.stream().anyMatch(Future::isDone));
        before.add(store.sequence());
        infos.add(store.backup(backups()));
      }
      long last = infos.get(3).sequence();
      Until.holds("they go on writing", () -> store.sequence() > last || upkeep.isDone());
      stop.set(true);
      upkeep.get();
      for (Future<Map<String, NavigableMap<Long, State>>> writer : writers) {
        states.putAll(writer.get());
      }
      assertThat(store.sequence()).isGreaterThan(last);
      log = store.changesAfter(0, 1_000_000);
    } finally {
      stop.set(true);
      threads.shutdownNow();
    }
    for (int n = 0; n < 4; n++) {
      assertThat(infos.get(n).sequence()).isGreaterThanOrEqualTo(before.get(n));
      checkStates(infos.get(n), states, log, directory.resolve("load" + n));
    }
  }

  private void checkStates(
      BackupInfo info,
      Map<String, NavigableMap<Long, State>> states,
      List<Change> log,
      Path target) {
    Backups.open(backups()).restore(info.number(), target);
    Map<String, State> wanted = new TreeMap<>();
    states.forEach(
        (id, then) -> {
          Map.Entry<Long, State> last = then.floorEntry(info.sequence());
          wanted.put(id, last == null ? State.NONE : last.getValue());
        });
    try (TaskStore store = TaskStore.open(target)) {
      String what = "seed " + SEED + ", backup " + info;
      assertThat(store.sequence()).as(what).isEqualTo(info.sequence());
      wanted.forEach(
          (id, state) -> assertThat(State.of(store, id)).as("%s, %s", what, id).isEqualTo(state));
      StoreContents contents = StoreContents.of(store);
      assertThat(contents.tasks()).as(what).hasSize(count(wanted, State::task));
      assertThat(contents.archived()).as(what).hasSize(count(wanted, State::archived));
      assertThat(contents.claims()).as(what).hasSize(count(wanted, State::claim));
      List<Change> upTo = log.stream().filter(c -> c.sequence() <= info.sequence()).toList();
      assertThat(store.changesAfter(0, log.size())).as(what).isEqualTo(upTo);
      assertThat(store.verify(true, ProgressListener.NONE).problems()).as(what).isEmpty();
    }
  }

  private static int count(Map<String, State> states, Function<State, Object> part) {
    int count = (int) states.values().stream().map(part).filter(Objects::nonNull).count();
    assertThat(count).as("else it says nothing").isPositive();
    return count;
  }

  /** Only names: a file that comes under another one first may have gone from it meanwhile. */
  private long namesInThePool() {
    return Stream.of(backups().resolve("files").toFile().list())
        .filter(name -> !name.endsWith(".tmp"))
        .count();
  }

  private BackupInfo oneBackup() {
    try (TaskStore store = TaskStore.open(store())) {
      for (int i = 0; i < 200; i++) {
        store.put(task(i, ""));
      }
      return store.backup(backups());
    }
  }

  private List<Path> backupFiles() throws IOException {
    try (Stream<Path> files = Files.walk(backups())) {
      return files
          .filter(Files::isRegularFile)
          .filter(f -> !f.getFileName().toString().equals("backup.lock"))
          .sorted()
          .toList();
    }
  }

  @Test
  @Timeout(36_000)
  void everyDamageOfEveryFileIsFoundAndRefused() throws Exception {
    oneBackup();
    Random random = new Random(SEED);
    List<Path> files = backupFiles();
    assertThat(files).hasSizeGreaterThan(4);
    for (int round = 0; round < DAMAGES; round++) {
      for (Path file : files) {
        byte[] whole = Files.readAllBytes(file);
        for (int kind = 0; kind < (round == 0 ? 4 : 2); kind++) { // only these roll dice
          byte[] bytes = damaged(whole, kind, random);
          if (bytes != null && Arrays.equals(bytes, whole)) {
            continue; // an empty log can neither be flipped nor cut
          }
          String what =
              "-Dquarry.seed=%d, round %d, %s, damage %d"
                  .formatted(SEED, round, file.getFileName(), kind);
          checkRefused(file, bytes, what);
          Files.write(file, whole);
        }
      }
    }
    assertThat(Backups.open(backups()).verify(1)).isEmpty();
  }

  /** A bit of it flipped, its end cut off, a byte more, or null for a file that is gone. */
  private static byte[] damaged(byte[] whole, int kind, Random random) {
    return switch (kind) {
      case 0 -> {
        byte[] bytes = whole.clone();
        if (bytes.length > 0) {
          bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
        }
        yield bytes;
      }
      case 1 -> whole.length == 0 ? whole : Arrays.copyOf(whole, random.nextInt(whole.length));
      case 2 -> Arrays.copyOf(whole, whole.length + 1);
      default -> null;
    };
  }

  private void checkRefused(Path file, byte[] bytes, String what) throws IOException {
    Path target = directory.resolve("target");
    if (bytes == null) {
      Files.delete(file);
    } else {
      Files.write(file, bytes);
    }
    if (bytes == null && file.toString().endsWith(".manifest")) {
      assertThat(Backups.open(backups()).list()).as(what).isEmpty();
    } else {
      assertThat(Backups.open(backups()).verify(1)).as(what).isNotEmpty();
      assertThatThrownBy(() -> Backups.open(backups()).restore(1, target))
          .as(what)
          .isInstanceOf(CorruptionException.class);
    }
    assertThat(target.resolve("QUARRY")).as(what).doesNotExist();
    assertThat(target.resolve("data")).as(what).doesNotExist();
  }

  @Test
  void aManifestCannotLeadElsewhere() throws Exception {
    oneBackup();
    Path manifest = backups().resolve("backups").resolve("1.manifest");
    String text = Files.readString(manifest);
    for (String name :
        List.of("../QUARRY", "/etc/passwd", "data/../../x.sst", "data/a/b", "C:\\x", "data/..")) {
      String body =
          text.substring(0, text.lastIndexOf("end "))
              .replaceFirst("file data/CURRENT ", "file " + name.replace("\\", "\\\\") + " ");
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(body.getBytes(StandardCharsets.UTF_8));
      Files.writeString(manifest, body + "end " + HexFormat.of().formatHex(hash) + "\n");
      assertThatThrownBy(() -> TaskStore.restore(backups(), directory.resolve("target")))
          .as(name)
          .isInstanceOf(CorruptionException.class)
          .hasMessageContaining("no store has")
          .hasMessageContaining(name);
    }
    assertThat(directory.resolve("target")).doesNotExist();
  }

  @Test
  void symbolicLinksAreRefused() throws Exception {
    oneBackup();
    Path real = Files.createDirectory(directory.resolve("real"));
    Path link = Files.createSymbolicLink(directory.resolve("link"), real);
    assertThatThrownBy(() -> TaskStore.restore(backups(), link))
        .isInstanceOf(StorageException.class)
        .hasMessageContaining("symbolic link");
    Path file = backupFiles().get(1);
    Path moved = Files.move(file, directory.resolve("moved"));
    Files.createSymbolicLink(file, moved);
    assertThat(Backups.open(backups()).verify(1)).isNotEmpty();
    assertThatThrownBy(() -> TaskStore.restore(backups(), directory.resolve("target")))
        .isInstanceOf(CorruptionException.class);
    assertThat(real).isEmptyDirectory();
  }

  @Test
  void targetsThatHoldSomethingAreRefused() throws Exception {
    oneBackup();
    Path full = Files.createDirectory(directory.resolve("full"));
    Files.writeString(full.resolve("mine"), "mine");
    assertThatThrownBy(() -> TaskStore.restore(backups(), full))
        .isInstanceOf(StorageException.class)
        .hasMessageContaining("not empty")
        .hasMessageContaining(full.toString());
    assertThat(full).isDirectoryContaining("glob:**/mine");
    try (TaskStore store = TaskStore.open(store())) {
      assertThatThrownBy(() -> store.backup(full)).hasMessageContaining("not empty");
      assertThatThrownBy(() -> store.backup(store().resolve("b"))).hasMessageContaining("inside");
      assertThatThrownBy(() -> store.checkpoint(full)).hasMessageContaining("not empty");
    }
    try (TaskStore reader = TaskStore.openReadOnly(store())) {
      assertThatThrownBy(() -> reader.backup(backups())).hasMessageContaining("read-only");
    }
    assertThatThrownBy(() -> Backups.open(full)).hasMessageContaining("no backups");
    assertThatThrownBy(() -> Backups.open(backups()).verify(7)).hasMessageContaining("7");
  }

  @Test
  void aDamagedFileIsNotBackedUp() throws Exception {
    try (TaskStore store = TaskStore.open(store())) {
      for (int i = 0; i < 200; i++) {
        store.put(task(i, ""));
      }
      store.compact();
      Path table;
      try (Stream<Path> files = Files.list(store().resolve("data"))) {
        table = files.filter(f -> f.toString().endsWith(".sst")).sorted().findFirst().orElseThrow();
      }
      byte[] bytes = Files.readAllBytes(table);
      bytes[20] ^= 1;
      Files.write(table, bytes);
      assertThatThrownBy(() -> store.backup(backups()))
          .isInstanceOf(CorruptionException.class)
          .hasMessageContaining(table.getFileName().toString());
      assertThat(backups().resolve("backups").resolve("1.manifest")).doesNotExist();
      try (Stream<Path> files = Files.list(store())) {
        assertThat(files.filter(f -> f.getFileName().toString().startsWith("quarry.tmp-")))
            .isEmpty();
      }
    }
  }

  /** A pipe among the files keeps the backup where it is until somebody writes into it. */
  @Test
  @EnabledOnOs(OS.LINUX)
  void aRefusedCallDoesNotGiveTheLockOfABackupAway() throws Exception {
    oneBackup();
    Path frozen = Files.createDirectories(directory.resolve("frozen").resolve("data"));
    Path pipe = frozen.resolve("000001.log");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    Files.writeString(frozen.resolveSibling("QUARRY"), "of the backup under way");
    BackupInfo info = new BackupInfo(0, Instant.EPOCH, "id", 7, 7, 0, 0, 0, 0);
    long before = namesInThePool();
    FutureTask<BackupInfo> made =
        new FutureTask<>(() -> BackupDirectory.add(backups(), frozen.getParent(), info));
    Thread thread = new Thread(made);
    thread.setDaemon(true);
    thread.start();
    Until.holds("a file is in the pool that no manifest names", () -> namesInThePool() > before);
    assertThatThrownBy(() -> Backups.open(backups()).purge(1))
        .isInstanceOfSatisfying(StorageException.class, e -> assertThat(e.isRetryable()).isTrue())
        .hasMessageContaining("being changed by another call or process");
    try (ChildJvm child = new ChildJvm(Purger.class, backups())) {
      assertThat(child.line()).isEqualTo("busy");
    }
    Files.writeString(pipe, "the end");
    assertThat(made.get().number()).isEqualTo(2);
    assertThat(Backups.open(backups()).verify(2)).isEmpty();
    assertThat(Backups.open(backups()).purge(1)).containsExactly(1L);
  }

  /** Purges, or says that it may not. */
  static final class Purger {
    private Purger() {}

    public static void main(String[] arguments) {
      PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
      try {
        out.println("purged " + Backups.open(Path.of(arguments[0])).purge(1));
      } catch (StorageException e) {
        out.println(e.isRetryable() ? "busy" : e.toString());
      }
    }
  }

  /** Before the call and again and again during it: each would close a file that it reads. */
  private static <R> R interrupted(Callable<R> call) throws Exception {
    Thread caller = Thread.currentThread();
    AtomicBoolean done = new AtomicBoolean();
    FutureTask<Long> interrupts =
        new FutureTask<>(
            () -> {
              long n = 0;
              for (; !done.get(); n++) {
                caller.interrupt();
                LockSupport.parkNanos(50_000);
              }
              return n;
            });
    Thread interrupter = new Thread(interrupts);
    caller.interrupt();
    interrupter.start();
    try {
      R result = call.call();
      assertThat(caller.isInterrupted()).as("it is told behind the call").isTrue();
      return result;
    } finally {
      done.set(true);
      while (interrupter.isAlive()) {
        LockSupport.parkNanos(50_000);
      }
      Thread.interrupted();
    }
  }

  @Test
  void interruptsEndNoBackupAndNoCopy() throws Exception {
    Path copy = directory.resolve("copy");
    Path back = directory.resolve("back");
    StoreContents contents;
    try (TaskStore store = TaskStore.open(store())) {
      for (int i = 0; i < 300; i++) {
        store.put(task(i, ""));
      }
      assertThat(interrupted(() -> store.backup(backups())).number()).isEqualTo(1);
      store.put(task(300, ""));
      store.compact();
      assertThat(interrupted(() -> store.backup(backups())).number()).isEqualTo(2);
      assertThat(store().resolve("BACKED_UP")).isRegularFile();
      interrupted(
          () -> {
            store.checkpoint(copy);
            store.checkpoint(back, 100, ProgressListener.NONE);
            return null;
          });
      contents = StoreContents.of(store);
    }
    Backups all = Backups.open(backups());
    assertThat(interrupted(all::list)).hasSize(2);
    assertThat(interrupted(() -> all.verify(2))).isEmpty();
    Path then = directory.resolve("then");
    assertThat(interrupted(() -> all.restore(2, then, 200, ProgressListener.NONE)).sequence())
        .isEqualTo(200);
    assertThat(interrupted(() -> TaskStore.restore(backups(), directory.resolve("whole"))).number())
        .isEqualTo(2);
    assertThat(interrupted(() -> all.purge(1))).containsExactly(1L);
    assertThat(all.verify(2)).isEmpty();
    for (Path made : List.of(copy, directory.resolve("whole"))) {
      try (TaskStore store = TaskStore.open(made)) {
        assertThat(contents.differenceTo(StoreContents.of(store))).isEmpty();
      }
    }
    for (Path made : List.of(back, then)) {
      try (TaskStore store = TaskStore.open(made)) {
        assertThat(store.sequence()).isEqualTo(made.equals(back) ? 100 : 200);
        assertThat(store.verify(true, ProgressListener.NONE).problems()).isEmpty();
      }
    }
  }

  @Test
  void aCheckpointIsAStoreOfItsOwn() throws Exception {
    Path target = directory.resolve("checkpoint");
    StoreContents contents;
    try (TaskStore store = TaskStore.open(store())) {
      for (int i = 0; i < 300; i++) {
        store.put(task(i, ""));
      }
      store.checkpoint(target);
      contents = StoreContents.of(store);
      try (TaskStore copy = TaskStore.open(target)) {
        assertThat(contents.differenceTo(StoreContents.of(copy))).isEmpty();
        copy.delete("T-1");
        copy.compact();
      }
      assertThat(contents.differenceTo(StoreContents.of(store))).isEmpty();
      assertThat(store.verify(true, ProgressListener.NONE).problems()).isEmpty();
    }
    for (Path made : List.of(store(), target)) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(made)))
          .isEqualTo("rwx------");
    }
  }
}
