package dev.quarry.internal.storage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.CorruptionException;
import dev.quarry.StorageException;
import dev.quarry.TaskStoreException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.rocksdb.RocksDBException;
import org.rocksdb.Status;

/** Every status of RocksDB becomes an exception of the store, with what RocksDB said. */
class StorageErrorsTest {
  @ParameterizedTest
  @EnumSource(Status.Code.class)
  void everyCodeIsMapped(Status.Code code) {
    for (Status.SubCode sub : Status.SubCode.values()) {
      RocksDBException cause = new RocksDBException(new Status(code, sub, "what happened"));
      TaskStoreException mapped = StorageErrors.map("the action", cause);
      assertThat(mapped).hasCause(cause).hasMessageContaining("what happened");
      assertThat(mapped.context())
          .containsEntry("action", "the action")
          .containsEntry("code", code);
      assertThat(mapped)
          .isInstanceOf(
              code == Status.Code.Corruption ? CorruptionException.class : StorageException.class);
      assertThat(mapped.summary()).doesNotContain("what happened");
    }
  }

  @Test
  void aFullDeviceIsSaid() {
    Status status = new Status(Status.Code.IOError, Status.SubCode.NoSpace, "write");
    assertThat(StorageErrors.map("commit", new RocksDBException(status)))
        .hasMessageContaining("the device is full")
        .hasMessageContaining("NoSpace");
  }

  @Test
  void anErrorWithoutStatusIsMapped() {
    assertThat(StorageErrors.map("open", new RocksDBException("broken")))
        .isInstanceOf(StorageException.class)
        .hasMessageContaining("broken");
  }

  @Test
  void onlyWhatPassesByItselfIsRetryable() {
    for (Status.Code code : Status.Code.values()) {
      Status status = new Status(code, Status.SubCode.None, "what happened");
      TaskStoreException mapped = StorageErrors.map("commit", new RocksDBException(status));
      boolean retryable = mapped instanceof StorageException e && e.isRetryable();
      boolean passes =
          switch (code) {
            case TimedOut, Busy, TryAgain, Expired, Incomplete -> true;
            default -> false;
          };
      assertThat(retryable).as(code.name()).isEqualTo(passes);
    }
    Status full = new Status(Status.Code.IOError, Status.SubCode.NoSpace, "write");
    assertThat(StorageErrors.map("commit", new RocksDBException(full)))
        .isInstanceOfSatisfying(StorageException.class, e -> assertThat(e.isRetryable()).isTrue());
  }

  @Test
  void fileOffsetAndKeyAreContext() {
    Status status =
        new Status(
            Status.Code.Corruption,
            Status.SubCode.None,
            "block checksum mismatch: stored = 1, computed = 2, type = 4  in /x/data/000012.sst"
                + " offset 4096 size 4090");
    TaskStoreException mapped =
        StorageErrors.map("get", new byte[] {0, 1}, new RocksDBException(status));
    assertThat(mapped.context())
        .containsEntry("file", "000012.sst")
        .containsEntry("offset", 4096L)
        .containsEntry("key", "0001");
  }

  @Test
  void aMissingFileIsDamage() {
    Status status =
        new Status(
            Status.Code.IOError,
            Status.SubCode.None,
            "No such file or directory: While open a file: /x/data/000012.sst");
    assertThat(StorageErrors.map("get", new RocksDBException(status)))
        .isInstanceOf(CorruptionException.class)
        .hasMessageContaining("missing")
        .hasMessageContaining("file=000012.sst");
  }
}
