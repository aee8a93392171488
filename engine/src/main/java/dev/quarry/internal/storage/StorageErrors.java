package dev.quarry.internal.storage;

import dev.quarry.CorruptionException;
import dev.quarry.StorageException;
import dev.quarry.TaskStoreException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.rocksdb.RocksDBException;
import org.rocksdb.Status;

/**
 * The one place that turns RocksDB's statuses into the store's exceptions. An error is retryable if
 * the store goes on by itself once the cause is gone; every other error of a commit fails the store
 * ({@code FailureState}).
 */
final class StorageErrors {
  /** RocksDB names files in its texts: {@code in /path/000012.sst offset 4096 size 4090}. */
  private static final Pattern FILE =
      Pattern.compile("([A-Za-z0-9_-]+\\.(?:sst|log)|MANIFEST-[0-9]+|CURRENT|OPTIONS-[0-9]+)\\b");

  private static final Pattern OFFSET = Pattern.compile("\\boffset[: ]+([0-9]{1,18})");

  private StorageErrors() {}

  /** The exception for a read of {@code key}. */
  static TaskStoreException map(String action, byte[] key, RocksDBException cause) {
    return map(action, Map.of("key", HexFormat.of().formatHex(key)), cause);
  }

  /** The exception for {@code action}. */
  static TaskStoreException map(String action, RocksDBException cause) {
    return map(action, Map.of(), cause);
  }

  private static TaskStoreException map(
      String action, Map<String, ?> where, RocksDBException cause) {
    Map<String, Object> context = new LinkedHashMap<>();
    context.put("action", action);
    context.putAll(where);
    Status status = cause.getStatus();
    if (status == null) {
      context.put("detail", cause.getMessage());
      return new StorageException("RocksDB reported an error", context, cause);
    }
    String detail = status.getState() == null ? cause.getMessage() : status.getState();
    context.put("code", status.getCode());
    Status.SubCode sub = status.getSubCode() == null ? Status.SubCode.None : status.getSubCode();
    if (sub != Status.SubCode.None) {
      context.put("subCode", sub);
    }
    putFile(context, String.valueOf(detail));
    context.put("detail", detail);
    return map(status.getCode(), sub, String.valueOf(detail), context, cause);
  }

  private static void putFile(Map<String, Object> context, String detail) {
    Matcher file = FILE.matcher(detail);
    if (file.find()) {
      context.put("file", file.group(1));
    }
    Matcher offset = OFFSET.matcher(detail);
    if (offset.find()) {
      context.put("offset", Long.parseLong(offset.group(1)));
    }
  }

  private static TaskStoreException map(
      Status.Code code,
      Status.SubCode sub,
      String detail,
      Map<String, Object> context,
      RocksDBException cause) {
    boolean noSpace = sub == Status.SubCode.NoSpace || tellsOfFullDevice(detail);
    if (noSpace && code != Status.Code.Corruption) {
      return new StorageException(
          "the device is full; free space, then writes go on by themselves", context, cause, true);
    }
    return switch (code) {
      case Corruption -> damaged(context, cause);
      case IOError -> ofFile(detail, context, cause);
      case TimedOut, Busy, TryAgain, Expired, Incomplete ->
          new StorageException("RocksDB could not do it now; retry", context, cause, true);
      case Aborted ->
          sub == Status.SubCode.MemoryLimit
              ? new StorageException("RocksDB is out of memory; retry", context, cause, true)
              : new StorageException("RocksDB gave the operation up", context, cause);
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

  private static TaskStoreException ofFile(
      String detail, Map<String, Object> context, RocksDBException cause) {
    if (detail.contains("lock hold by current process")) {
      return new StorageException(
          "this process has had a store open there whose directory was replaced, and keeps its files"
              + " until it ends; start it anew",
          context,
          cause);
    }
    return isMissing(detail) ? missing(context, cause) : failed(context, cause);
  }

  static boolean tellsOfFullDevice(String detail) {
    return detail.contains("No space left on device");
  }

  /** What says that a file is missing, or null where it was something else. */
  static String missing(CorruptionException e) {
    String detail = String.valueOf(e.context().get("detail"));
    return isMissing(detail) ? detail : null;
  }

  private static boolean isMissing(String detail) {
    return detail.contains("No such file or directory");
  }

  private static CorruptionException missing(Map<String, Object> context, RocksDBException cause) {
    return new CorruptionException(
        "a file of the store is missing; restore a backup, or repair", context, cause);
  }

  private static CorruptionException damaged(Map<String, Object> context, RocksDBException cause) {
    return new CorruptionException(
        "stored bytes are damaged; run verify, then restore a backup or salvage", context, cause);
  }

  private static StorageException failed(Map<String, Object> context, RocksDBException cause) {
    return new StorageException(
        "the device or file system failed; mend it, then close and open the store", context, cause);
  }
}
