package dev.quarry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quarry.change.Subscription;
import dev.quarry.change.WatchOptions;
import dev.quarry.work.Claim;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What salvage and repair do where one knows what the damage is. */
@Timeout(120)
class SalvageTest {
  private static final int TASKS = 2_000;

  @TempDir Path directory;

  private Path store() {
    return directory.resolve("store");
  }

  private void fill() {
    try (TaskStore store = TaskStore.open(store())) {
      store.insertAll(IntStream.range(0, TASKS).mapToObj(SalvageTest::task).toList());
      store.compact();
    }
  }

  private static Task task(int i) {
    return Task.builder("S-" + i, "title " + i)
        .description(("text " + i * 7919L + " ").repeat(30))
        .dependency(i == 0 ? "S-none" : "S-" + (i - 1))
        .build();
  }

  private Path table(String family) {
    return TaskStore.inspect(store()).files().stream()
        .filter(file -> file.family().equals(family))
        .findFirst()
        .map(file -> store().resolve("data").resolve(file.name()))
        .orElseThrow();
  }

  private static void damage(Path file, Consumer<byte[]> change) throws Exception {
    byte[] bytes = Files.readAllBytes(file);
    change.accept(bytes);
    Files.write(file, bytes);
  }

  private static void flipAt(byte[] bytes, int... places) {
    for (int place : places) {
      bytes[place] ^= 16;
    }
  }

  @Test
  void saveEverythingBesideThreeDamagedBlocksAndNameTheRest() throws Exception {
    fill();
    Path table = table("records");
    damage(table, bytes -> flipAt(bytes, 100, bytes.length / 3, bytes.length / 2));
    byte[] before = Files.readAllBytes(table);
    Path target = directory.resolve("target");
    SalvageReport report = TaskStore.salvage(store(), target, ProgressListener.NONE);
    assertThat(Files.readAllBytes(table)).isEqualTo(before);
    assertThat(report.lostIdCount()).isBetween(3L, 150L);
    assertThat(report.tasks()).isEqualTo(TASKS - report.lostIdCount());
    assertThat(report.lostIds()).hasSize((int) report.lostIdCount());
    assertThat(report.uncertainIds()).isEmpty();
    assertThat(report.losses())
        .hasSize(3)
        .allMatch(loss -> loss.file().equals(table.getFileName().toString()))
        .allMatch(loss -> loss.family().equals("records"))
        .allMatch(loss -> !loss.beforeKey().isEmpty());
    try (TaskStore store = TaskStore.open(target)) {
      for (int i = 0; i < TASKS; i++) {
        Optional<Task> found = store.get("S-" + i);
        assertThat(found.isEmpty()).as("S-" + i).isEqualTo(report.lostIds().contains("S-" + i));
        if (found.isPresent()) {
          assertThat(found.get().description()).isEqualTo(task(i).description());
          assertThat(found.get().version()).isEqualTo(1);
        }
      }
      assertThat(store.verify(true, ProgressListener.NONE).problems()).isEmpty();
      assertThat(store.insert(Task.builder("new", "new").build()).version())
          .isEqualTo(report.sequence() + 1)
          .isGreaterThan(2);
    }
  }

  @Test
  void repairNeedsNeitherCurrentNorManifestNorFormatFile() throws Exception {
    fill();
    Files.delete(store().resolve("QUARRY"));
    Files.delete(store().resolve("data").resolve("CURRENT"));
    try (var files = Files.list(store().resolve("data"))) {
      for (Path file : files.filter(f -> f.getFileName().toString().startsWith("MANI")).toList()) {
        Files.delete(file);
      }
    }
    SalvageReport report = TaskStore.repair(store(), ProgressListener.NONE);
    assertThat(report.tasks()).isEqualTo(TASKS);
    assertThat(report.lostIds()).isEmpty();
    assertThat(report.isComplete()).isFalse();
    Path aside = report.aside().orElseThrow();
    assertThat(aside.resolve("data")).isDirectoryContaining("glob:**.sst");
    try (TaskStore store = TaskStore.open(store())) {
      assertThat(store.stats().tasks()).isEqualTo(TASKS);
      assertThat(store.verify(true, ProgressListener.NONE).problems()).isEmpty();
    }
  }

  /** The number in a file's name does not say when its entries were written. */
  @Test
  void whatAnEntrySaysOfItsAgeCountsMoreThanTheNumberOfItsFile() throws Exception {
    WatchOptions named = WatchOptions.builder().name("worker").fromSequence(0).build();
    long token = 0;
    long position = 0;
    long last = 0;
    for (int i = 0; i < 3; i++) { // each close leaves a file of each family
      try (TaskStore store = TaskStore.open(store())) {
        store.put(Task.builder("claimed", "t").build());
        Claim claim = store.claims().tryClaim("claimed", "w", Duration.ofDays(1)).orElseThrow();
        token = claim.token();
        store.claims().release(claim);
        store.restore(List.of("archived"));
        store.put(Task.builder("archived", "life " + i).build());
        store.archive(List.of("archived"));
        Subscription subscription = store.watch(named, change -> {});
        assertThat(subscription.await(store.sequence(), Duration.ofSeconds(30))).isTrue();
        subscription.close();
        position = subscription.position(); // the one that was stored; before, time may move it
        last = store.sequence();
      }
    }
    Path data = store().resolve("data");
    Files.delete(data.resolve("CURRENT"));
    Files.delete(store().resolve("quarry.closed"));
    turnNumbersRound(data);
    Path target = directory.resolve("target");
    SalvageReport report = TaskStore.salvage(store(), target, ProgressListener.NONE);
    assertThat(report.sequence()).isGreaterThanOrEqualTo(last);
    try (TaskStore store = TaskStore.open(target)) {
      assertThat(store.subscriptions().list().get(0).position()).isEqualTo(position);
      assertThat(store.getArchived("archived").orElseThrow().title()).isEqualTo("life 2");
      assertThat(store.claims().tryClaim("claimed", "w", Duration.ofDays(1)).orElseThrow().token())
          .isGreaterThan(token);
    }
  }

  private static void turnNumbersRound(Path data) throws IOException {
    List<Path> files;
    try (Stream<Path> all = Files.list(data)) {
      files = all.filter(f -> f.toString().endsWith(".sst")).sorted().toList();
    }
    assertThat(files).hasSizeGreaterThan(6);
    Path aside = Files.createDirectory(data.resolveSibling("aside"));
    for (int i = 0; i < files.size(); i++) {
      Files.move(files.get(i), aside.resolve(files.get(files.size() - 1 - i).getFileName()));
    }
    for (Path file : files) {
      Files.move(aside.resolve(file.getFileName()), file);
    }
    Files.delete(aside);
  }

  @Test
  void aWholeStoreIsLeftAlone() {
    fill();
    SalvageReport report = TaskStore.repair(store(), ProgressListener.NONE);
    assertThat(report.isComplete()).isTrue();
    assertThat(report.aside()).isEmpty();
    assertThat(report.tasks()).isEqualTo(TASKS);
  }

  @Test
  void damagedDerivedFamiliesLoseNothing() throws Exception {
    fill();
    for (String family : new String[] {"ordered", "ids", "links"}) {
      damage(table(family), bytes -> Arrays.fill(bytes, 10, bytes.length, (byte) 7));
    }
    Path target = directory.resolve("target");
    SalvageReport report = TaskStore.salvage(store(), target, ProgressListener.NONE);
    assertThat(report.tasks()).isEqualTo(TASKS);
    try (TaskStore store = TaskStore.open(target)) {
      assertThat(store.verify(true, ProgressListener.NONE).problems()).isEmpty();
      assertThat(store.get("S-77")).isPresent();
    }
  }

  /** The files no longer say that the one or the other was removed; the versions do. */
  @Test
  void aTaskIsSavedInTheStoreOrInTheArchiveNotInBoth() throws Exception {
    try (TaskStore store = TaskStore.open(store())) {
      store.insert(Task.builder("archived", "a").build());
      store.insert(Task.builder("restored", "r").build());
      store.archive(List.of("restored"));
    }
    try (TaskStore store = TaskStore.open(store())) { // each close leaves a file of each family
      store.archive(List.of("archived"));
      store.restore(List.of("restored"));
    }
    Files.delete(store().resolve("data").resolve("CURRENT"));
    Files.delete(store().resolve("quarry.closed"));
    Path target = directory.resolve("target");
    assertThat(TaskStore.salvage(store(), target, ProgressListener.NONE).tasks()).isEqualTo(1);
    try (TaskStore store = TaskStore.open(target)) {
      assertThat(store.verify(true, ProgressListener.NONE).problems()).isEmpty();
      assertThat(store.get("archived")).isEmpty();
      assertThat(store.getArchived("archived")).isPresent();
      assertThat(store.get("restored")).isPresent();
      assertThat(store.getArchived("restored")).isEmpty();
    }
  }

  @Test
  void theHistoryIsLeftBehindWithItsLog() {
    try (TaskStore store = TaskStore.open(store())) {
      store.insert(Task.builder("A", "a").build());
      store.put(Task.builder("A", "b").build());
      store.delete("A");
      store.insert(Task.builder("A", "c").build());
    }
    Path target = directory.resolve("target");
    TaskStore.salvage(store(), target, ProgressListener.NONE);
    assertThat(TaskStore.inspect(target).files())
        .isNotEmpty()
        .noneMatch(file -> List.of("history", "past", "changes").contains(file.family()));
    try (TaskStore store = TaskStore.open(target)) {
      store.put(Task.builder("A", "d").build());
      assertThat(store.history("A", 10)).hasSize(1);
    }
  }

  @Test
  void anInterruptIsNoDamage() throws Exception {
    try (ChildJvm child = new ChildJvm(LifecyclePrograms.Writer.class, store())) {
      assertThat(child.line()).isEqualTo("open");
      child.kill(); // so that there is a log
    }
    long before;
    try (TaskStore store = TaskStore.openReadOnly(store())) {
      before = store.sequence();
    }
    Files.delete(store().resolve("data").resolve("CURRENT"));
    Thread.currentThread().interrupt();
    SalvageReport report = TaskStore.repair(store(), ProgressListener.NONE);
    assertThat(Thread.interrupted()).isTrue();
    assertThat(report.losses()).noneMatch(loss -> loss.file().endsWith(".log"));
    assertThat(report.sequence()).isGreaterThanOrEqualTo(before);
  }

  @Test
  void whatIsKeptAsideCountsForNoLimit() throws Exception {
    fill();
    Limits limits = Limits.DEFAULT.bytes(100 << 20, 0);
    Path aside = Files.createDirectories(store().resolve("damaged-20260101T000000Z"));
    try (FileChannel file =
        FileChannel.open(
            aside.resolve("000001.sst"), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      file.write(ByteBuffer.wrap(new byte[] {1}), 200 << 20);
    }
    try (TaskStore store =
        TaskStore.open(TaskStoreOptions.builder(store()).limits(limits).build())) {
      for (int i = 0; i < 200; i++) { // the bytes are measured every few writes
        store.insert(Task.builder("T-" + i, "t").build());
      }
      assertThat(store.stats().tasks()).isEqualTo(TASKS + 200);
    }
  }

  /** The lock's file is gone, RocksDB's own lock is not: nothing is damaged. */
  @Test
  void whatIsNoDamageIsNotMendedByARepair() throws Exception {
    fill();
    try (ChildJvm child = new ChildJvm(LifecyclePrograms.Holder.class, store())) {
      assertThat(child.line()).startsWith("open");
      Files.delete(store().resolve("quarry.lock"));
      assertThatThrownBy(() -> TaskStore.repair(store(), ProgressListener.NONE))
          .isInstanceOf(StorageException.class);
      assertThat(store()).isDirectoryNotContaining("glob:**/damaged-*");
      child.say("end");
      assertThat(child.exit()).isZero();
    }
    try (TaskStore store = TaskStore.open(store())) {
      assertThat(store.verify(true, ProgressListener.NONE).problems()).isEmpty();
    }
  }

  @Test
  void anOpenStoreIsRefused() {
    fill();
    try (TaskStore store = TaskStore.open(store())) {
      assertThatThrownBy(
              () ->
                  TaskStore.salvage(
                      store.directory(), directory.resolve("t"), ProgressListener.NONE))
          .isInstanceOf(StoreLockedException.class);
      assertThatThrownBy(() -> TaskStore.repair(store.directory(), ProgressListener.NONE))
          .isInstanceOf(StoreLockedException.class);
      assertThat(store.verify().isOk()).isTrue();
    }
  }

  /** A store that failed says why to every later writer, and serves what is intact. */
  @Test
  void damageMetWhileOpenIsNamedAndTheRestIsServed() throws Exception {
    fill();
    damage(table("records"), bytes -> flipAt(bytes, bytes.length / 2));
    TaskStoreOptions options = TaskStoreOptions.builder(store()).recordCacheBytes(0).build();
    int failed = 0;
    try (TaskStore store = TaskStore.open(options)) {
      for (int i = 0; i < TASKS; i++) {
        try {
          assertThat(store.get("S-" + i).orElseThrow().description())
              .isEqualTo(task(i).description());
        } catch (CorruptionException e) {
          failed++;
          assertThat(e.getMessage()).contains(".sst").contains("records").contains("key");
        }
      }
      assertThat(store.verify(true, ProgressListener.NONE).problems())
          .anyMatch(problem -> problem.matches("CORRUPT [0-9]+\\.sst \\(family records, keys .*"));
    }
    assertThat(failed).isBetween(1, 60);
  }
}
