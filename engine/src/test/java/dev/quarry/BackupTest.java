package dev.quarry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quarry.internal.care.backup.BackupDirectory;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
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

  /** Of all tasks in the order of their ids, with everything that they hold. */
  private static String contentHash(TaskStore store) throws Exception {
    List<String> lines = new ArrayList<>();
    store.dump(
        record -> lines.add(record.task() + "|" + record.task().notes() + "|" + record.sequence()));
    lines.sort(null);
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    lines.forEach(line -> digest.update(line.getBytes(StandardCharsets.UTF_8)));
    return lines.size() + " " + HexFormat.of().formatHex(digest.digest());
  }

  private String restored(long number, String name) throws Exception {
    Path target = directory.resolve(name);
    BackupInfo info = Backups.open(backups()).restore(number, target);
    assertThat(Files.exists(target.resolve("index"))).isFalse();
    try (TaskStore store = TaskStore.open(target)) {
      assertThat(store.sequence()).isEqualTo(info.sequence());
      assertThat(store.stats().tasks()).isEqualTo(info.tasks());
      assertThat(store.verify(true, ProgressListener.NONE).problems()).isEmpty();
      String hash = contentHash(store);
      store.put(task(999_999, "the restored store takes writes"));
      return hash;
    }
  }

  @Test
  void restoresEqualStoresIncrementalOnesToo() throws Exception {
    List<String> hashes = new ArrayList<>();
    List<BackupInfo> infos = new ArrayList<>();
    try (TaskStore store = TaskStore.open(store())) {
      for (int round = 0; round < 4; round++) {
        for (int i = 0; i < 500; i++) {
          store.put(task(round * 300 + i, "round " + round));
        }
        store.delete("T-" + round);
        infos.add(store.backup(backups()));
        hashes.add(contentHash(store));
        assertThat(infos.get(round).sequence()).isEqualTo(store.sequence());
      }
    }
    assertThat(Backups.open(backups()).list()).isEqualTo(infos);
    assertThat(infos.get(3).newFiles()).isLessThan(infos.get(3).files());
    for (int round = 0; round < 4; round++) {
      assertThat(Backups.open(backups()).verify(round + 1L)).isEmpty();
      assertThat(restored(round + 1L, "restored" + round)).isEqualTo(hashes.get(round));
    }
    assertThat(Backups.open(backups()).purge(1)).containsExactly(1L, 2L, 3L);
    assertThat(restored(4, "after purge")).isEqualTo(hashes.get(3));
    Path newest = directory.resolve("newest");
    assertThat(TaskStore.restore(backups(), newest)).isEqualTo(infos.get(3));
    assertThat(newest).isDirectoryNotContaining("glob:**/index");
  }

  /** Task i is written in commit i + 1 and in no other, so each sequence has one content. */
  @Test
  void isOfOneMomentUnderFullLoad() throws Exception {
    AtomicBoolean stop = new AtomicBoolean();
    CountDownLatch running = new CountDownLatch(1);
    List<BackupInfo> infos = new ArrayList<>();
    List<Long> before = new ArrayList<>();
    try (TaskStore store = TaskStore.open(store())) {
      Thread writer =
          new Thread(
              () -> {
                for (int i = 0; !stop.get(); i++) {
                  store.insert(task(i, ""));
                  running.countDown();
                }
              });
      writer.start();
      running.await();
      for (int n = 0; n < 4; n++) {
        before.add(store.sequence());
        infos.add(store.backup(backups()));
      }
      while (writer.isAlive() && store.sequence() <= infos.get(3).sequence()) {
        Thread.onSpinWait(); // it goes on writing, be it slowly
      }
      stop.set(true);
      writer.join();
      assertThat(store.sequence()).isGreaterThan(infos.get(3).sequence());
    }
    for (int n = 0; n < 4; n++) {
      BackupInfo info = infos.get(n);
      assertThat(info.sequence()).isGreaterThanOrEqualTo(before.get(n));
      Path target = directory.resolve("load" + n);
      Backups.open(backups()).restore(info.number(), target);
      try (TaskStore store = TaskStore.open(target)) {
        assertThat(store.sequence()).isEqualTo(info.sequence());
        assertThat(store.stats().tasks()).isEqualTo(info.sequence());
        for (int i = 0; i < info.sequence(); i++) {
          Task found = store.get("T-" + i).orElseThrow();
          assertThat(found.version()).isEqualTo(i + 1L);
        }
        assertThat(store.get("T-" + info.sequence())).isEmpty();
        assertThat(store.verify().problems()).isEmpty();
      }
    }
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
    String hash;
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
      hash = contentHash(store);
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
        assertThat(contentHash(store)).isEqualTo(hash);
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
    String hash;
    try (TaskStore store = TaskStore.open(store())) {
      for (int i = 0; i < 300; i++) {
        store.put(task(i, ""));
      }
      store.checkpoint(target);
      hash = contentHash(store);
      try (TaskStore copy = TaskStore.open(target)) {
        assertThat(contentHash(copy)).isEqualTo(hash);
        copy.delete("T-1");
        copy.compact();
      }
      assertThat(contentHash(store)).isEqualTo(hash);
      assertThat(store.verify(true, ProgressListener.NONE).problems()).isEmpty();
    }
    for (Path made : List.of(store(), target)) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(made)))
          .isEqualTo("rwx------");
    }
  }
}
