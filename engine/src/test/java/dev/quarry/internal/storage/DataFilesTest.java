package dev.quarry.internal.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quarry.CorruptionException;
import dev.quarry.StorageException;
import dev.quarry.Task;
import dev.quarry.TaskStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is damage to a store's files, and what only looks like it. */
class DataFilesTest {
  private static final StorageOptions OPTIONS = new StorageOptions(1 << 20, 1 << 20, true);
  private static final int BLOCK = 32 << 10;

  @TempDir Path directory;

  private Path data() {
    return directory.resolve("data");
  }

  private static byte[] key(int n) {
    return Keys.number(n);
  }

  private static byte[] value(int n) {
    return ("value " + n).repeat(50).getBytes(StandardCharsets.UTF_8);
  }

  private static void write(Storage storage, int n) {
    try (StorageBatch batch = storage.newBatch()) {
      batch.put(Family.values()[n % Family.values().length], key(n), value(n));
      storage.write(batch, false);
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    Files.createDirectories(to);
    try (Stream<Path> files = Files.list(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(file.getFileName()));
      }
    }
  }

  private void assertHolds(int to) {
    DataFiles.check(data());
    try (Storage storage = Storage.open(data(), OPTIONS)) {
      for (int n = 0; n < to; n++) {
        Family family = Family.values()[n % Family.values().length];
        assertThat(storage.get(family, key(n))).as("entry %d", n).isEqualTo(value(n));
      }
      assertThat(storage.get(Family.values()[to % Family.values().length], key(to))).isNull();
    }
  }

  @Test
  void logsThatAreNoLongerNeededMayBeLeftInPart() throws IOException {
    Files.createDirectories(data());
    List<Path> old = new ArrayList<>();
    try (Storage storage = Storage.open(data(), OPTIONS)) {
      for (int n = 0; n < 40; n++) {
        write(storage, n);
        if (n % 10 == 9) {
          Path log = DataFiles.logs(data()).get(DataFiles.logs(data()).size() - 1);
          old.add(Files.copy(log, directory.resolve(log.getFileName())));
          storage.flush();
        }
      }
      for (int n = 40; n < 45; n++) {
        write(storage, n);
      }
    }
    assertThat(old).hasSize(4);
    // as after a kill between the removals of several logs
    for (int gap : List.of(1, 2)) {
      for (int i = 0; i < old.size(); i++) {
        Path log = data().resolve(old.get(i).getFileName());
        Files.deleteIfExists(log);
        if (i != gap) {
          Files.copy(old.get(i), log);
        }
      }
      assertHolds(45);
    }
  }

  @Test
  void neededLogsMayNot() throws IOException {
    Files.createDirectories(data());
    try (Storage storage = Storage.open(data(), OPTIONS)) {
      for (int n = 0; n < 20; n++) {
        write(storage, n);
      }
    }
    copy(data(), directory.resolve("copy"));
    Path log = DataFiles.logs(directory.resolve("copy")).get(0);
    byte[] bytes = Files.readAllBytes(log);
    Arrays.fill(bytes, 2_000, 2_040, (byte) 0);
    Files.write(log, bytes);
    assertThatThrownBy(() -> DataFiles.check(directory.resolve("copy")))
        .isInstanceOf(CorruptionException.class)
        .hasMessageContaining(log.getFileName().toString());
  }

  /** Several needed logs: one family is flushed again and again, another never is. */
  @Test
  void aNeededLogAmidOthersMayNotBeLost() throws IOException {
    Files.createDirectories(data());
    Path killed = directory.resolve("killed");
    byte[] large = new byte[1 << 20];
    new Random(1).nextBytes(large);
    try (Storage storage = Storage.open(data(), new StorageOptions(1 << 20, 64 << 20, true))) {
      for (int n = 0; DataFiles.logs(data()).size() < 4; n++) {
        assertThat(n).as("writes of 1 MB").isLessThan(400);
        try (StorageBatch batch = storage.newBatch()) {
          batch.put(Family.META, key(n), value(n));
          batch.put(Family.RECORDS, key(n), large);
          storage.write(batch, false);
        }
      }
    }
    copy(data(), killed); // closing flushes nothing
    assertThatCode(() -> DataFiles.check(killed)).doesNotThrowAnyException();
    List<Path> logs = DataFiles.logs(killed);
    long first = DataFiles.firstNeededLog(killed);
    logs.removeIf(log -> DataFiles.number(log) < first);
    assertThat(logs).hasSizeGreaterThan(2);
    Path lost = logs.get(1);
    for (boolean isThere : new boolean[] {true, false}) {
      Files.write(lost, new byte[0]);
      if (!isThere) {
        Files.delete(lost);
      }
      assertThatThrownBy(() -> DataFiles.check(killed))
          .as("is there: %s", isThere)
          .isInstanceOf(CorruptionException.class)
          .hasMessageContaining("commits before this one are missing");
      assertThat(lossesOf(killed)).anyMatch(why -> why.endsWith(" are in no log"));
    }
  }

  private List<String> lossesOf(Path folder) throws IOException {
    List<String> losses = new ArrayList<>();
    Path empty = DamagedStore.emptyFolder(Files.createTempDirectory(directory, "messages"));
    try (DamagedStore store =
        new DamagedStore(folder, empty, (f, family, after, before, why) -> losses.add(why))) {
      store.readLogs(
          new DamagedStore.Logged() {
            @Override
            public void put(Family family, byte[] key, byte[] value) {}

            @Override
            public void delete(Family family, byte[] key) {}
          });
    }
    return losses;
  }

  /** A store as a kill leaves it, with the log made by {@code change} of what it was. */
  private Path withLog(LogChange change) throws IOException {
    Path live = directory.resolve("live");
    Files.createDirectories(live);
    try (Storage storage = Storage.open(live, OPTIONS)) {
      for (int n = 0; n < 20; n++) {
        write(storage, n);
      }
    }
    copy(live, data()); // closing flushes nothing: the log is as a kill leaves it
    Path log = DataFiles.logs(data()).get(0);
    Files.write(log, change.of(Files.readAllBytes(log)));
    return log;
  }

  private interface LogChange {
    byte[] of(byte[] log);
  }

  @Test
  void zerosBehindATornEndAreReservedSpace() throws IOException {
    withLog(log -> Arrays.copyOf(Arrays.copyOf(log, log.length - 10), 3 * BLOCK));
    assertHolds(19);
  }

  @Test
  void zerosBehindAWholeEndAreReservedSpace() throws IOException {
    withLog(log -> Arrays.copyOf(log, 4 * BLOCK));
    assertHolds(20);
  }

  @Test
  void zerosBehindDoNotExcuseDamageWithSomethingWholeBehindIt() throws IOException {
    withLog(
        log -> {
          log[log.length / 2] ^= 1;
          return Arrays.copyOf(log, 3 * BLOCK);
        });
    assertThatThrownBy(() -> DataFiles.check(data())).isInstanceOf(CorruptionException.class);
  }

  @Test
  void aBlockOfZerosBeforeTheEndIsDamage() throws IOException {
    withLog(
        log -> {
          byte[] longer = Arrays.copyOf(log, 2 * BLOCK + log.length);
          System.arraycopy(log, 0, longer, 2 * BLOCK, log.length);
          return longer;
        });
    assertThatThrownBy(() -> DataFiles.check(data()))
        .isInstanceOf(CorruptionException.class)
        .hasMessageContaining("zeros");
  }

  @Test
  void commitsMissingSinceTheCloseAreToldAtEveryOpen() {
    Path store = directory.resolve("store");
    long last;
    try (TaskStore opened = TaskStore.open(store)) {
      opened.insert(Task.builder("a", "").build());
      last = opened.sequence();
    }
    CloseMark.write(store, store.resolve("data"), last + 5);
    for (int i = 0; i < 3; i++) {
      assertThat(CloseMark.read(store)).as("mark before open %d", i).isNotNull();
      assertThatThrownBy(() -> TaskStore.open(store))
          .as("open %d", i)
          .isInstanceOf(CorruptionException.class)
          .hasMessageContaining("sequenceAtClose=" + (last + 5));
    }
    CloseMark.keepSequence(store, new CloseMark(last, java.util.Map.of()));
    assertThatCode(() -> TaskStore.open(store).close()).doesNotThrowAnyException();
    assertThatCode(() -> TaskStore.open(store).close()).doesNotThrowAnyException();
  }

  @Test
  void aDirectoryThatIsNotThereIsFoundBeforeAnythingIsOpened() {
    assertThatThrownBy(() -> Storage.open(data(), OPTIONS))
        .isInstanceOf(StorageException.class)
        .hasMessageContaining(data().toString());
    assertThat(data()).doesNotExist();
  }
}
