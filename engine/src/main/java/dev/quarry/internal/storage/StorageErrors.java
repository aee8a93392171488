package dev.quarry.internal.storage;

import dev.quarry.CorruptionException;
import dev.quarry.StorageException;
import dev.quarry.TaskStoreException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.rocksdb.RocksDBException;
import org.rocksdb.Status;

/** The one place that turns RocksDB's statuses into the store's exceptions. */
final class StorageErrors {
  private StorageErrors() {}

  static TaskStoreException map(String action, RocksDBException cause) {
    Status status = cause.getStatus();
    Map<String, Object> context = new LinkedHashMap<>();
    context.put("action", action);
    if (status == null) {
      context.put("detail", cause.getMessage());
      return new StorageException("RocksDB reported an error", context, cause);
    }
    context.put("code", status.getCode());
    if (status.getSubCode() != null && status.getSubCode() != Status.SubCode.None) {
      context.put("subCode", status.getSubCode());
    }
    context.put("detail", status.getState() == null ? cause.getMessage() : status.getState());
    return switch (status.getCode()) {
      case Corruption ->
          new CorruptionException(
              "stored bytes are damaged; run verify, then restore a backup or salvage",
              context,
              cause);
      case IOError ->
          status.getSubCode() == Status.SubCode.NoSpace
              ? new StorageException("the device is full; free space and retry", context, cause)
              : new StorageException("the device or file system failed", context, cause);
      case TimedOut, Busy, TryAgain, Expired, Aborted, Incomplete ->
          new StorageException("RocksDB could not do it now; retry", context, cause);
      case NotFound,
          NotSupported,
          InvalidArgument,
          MergeInProgress,
          ShutdownInProgress,
          Undefined,
          Ok ->
          new StorageException("RocksDB refused the operation", context, cause);
    };
  }
}
