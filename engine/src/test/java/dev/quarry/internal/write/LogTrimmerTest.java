package dev.quarry.internal.write;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.Task;
import dev.quarry.TaskStore;
import dev.quarry.internal.storage.Family;
import dev.quarry.internal.storage.SstFile;
import dev.quarry.internal.storage.Storage;
import dev.quarry.internal.storage.StorageBatch;
import dev.quarry.internal.storage.StorageOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A trim that fails must cost the commits behind it nothing. */
class LogTrimmerTest {
  private static final StorageOptions OPTIONS = new StorageOptions(8 << 20, 8 << 20, false);
  private static final int COMMITS = 1_000;

  @TempDir Path directory;

  @Test
  void aDamagedLogPutsItOff() throws Exception {
    Path path = directory.resolve("store");
    try (TaskStore store = TaskStore.open(path)) {
      for (int i = 0; i < COMMITS; i++) {
        store.insert(Task.builder("T-" + i, "t").build());
      }
      store.compact();
    }
    Path data = path.resolve("data");
    List<SstFile> files;
    try (Storage storage = Storage.open(data, OPTIONS)) {
      files = storage.files(Family.CHANGES);
    }
    for (SstFile file : files) {
      Path sst = data.resolve(file.name().replace("/", ""));
      byte[] bytes = Files.readAllBytes(sst);
      bytes[0] ^= 1;
      Files.write(sst, bytes);
    }
    try (Storage storage = Storage.open(data, OPTIONS);
        StorageBatch batch = storage.newBatch()) {
      LogTrimmer trimmer = new LogTrimmer(storage, null, new ChangeLog(storage), 100);
      assertThat(trimmer.notBefore()).isZero();
      trimmer.trim(batch, COMMITS);
      assertThat(trimmer.notBefore()).isEqualTo(COMMITS + LogTrimmer.PUT_OFF);
      trimmer.trim(batch, COMMITS + 1);
      assertThat(trimmer.notBefore()).as("not tried").isEqualTo(COMMITS + LogTrimmer.PUT_OFF);
      long later = COMMITS + LogTrimmer.PUT_OFF;
      trimmer.trim(batch, later);
      assertThat(trimmer.notBefore()).as("tried").isEqualTo(later + LogTrimmer.PUT_OFF);
    }
  }
}
