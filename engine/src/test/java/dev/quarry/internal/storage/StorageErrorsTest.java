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
}
