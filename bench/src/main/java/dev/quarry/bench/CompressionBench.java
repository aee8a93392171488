package dev.quarry.bench;

import dev.quarry.Task;
import dev.quarry.TaskStore;
import dev.quarry.TaskStoreOptions;
import dev.quarry.bench.peers.Peers;
import dev.quarry.internal.codec.RecordCodec;
import dev.quarry.internal.storage.Compression;
import dev.quarry.internal.storage.Family;
import dev.quarry.internal.storage.Storage;
import dev.quarry.internal.storage.StorageIterator;
import dev.quarry.internal.storage.StorageOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Rewrites a store's files with each compression in turn. */
@Command(
    name = "compression",
    mixinStandardHelpOptions = true,
    description = {
      "Loads a store, rewrites its files with each compression in turn and tells their bytes and",
      "what a record costs to read with a block cache of 1 MB; every record must still be right."
    })
final class CompressionBench extends BenchCommand {
  private static final long LITTLE = 1 << 20;

  @Option(names = "--tasks", defaultValue = "100000", description = "How many; default 100000.")
  int tasks;

  @Override
  void measure(Report report, TempDirectory directory, Progress progress) {
    checkTasks(tasks);
    TaskWorkload workload = new TaskWorkload(seed);
    Path place = directory.sub("store");
    TaskStoreOptions options = TaskStoreOptions.builder(place).expectedTasks(tasks).build();
    try (TaskStore store = TaskStore.open(options)) {
      Loading.load(store, workload, tasks, progress);
    }
    report.section("compression").put("tasks", tasks);
    report.promise("records after each", "right");
    Path data = place.resolve("data");
    Sampler sampler = new Sampler(scaled(.3), scaled(.3), Duration.ofSeconds(5));
    for (Compression compression : Compression.values()) {
      progress.at("rewrite with " + compression, 0, 0);
      StorageOptions kind = new StorageOptions(LITTLE, LITTLE, false, 0, 0, compression);
      try (Storage storage = Storage.open(data, kind)) {
        storage.compact();
      }
      Map<String, Object> figures = new LinkedHashMap<>();
      figures.put("bytes", (double) Peers.diskBytes(data));
      figures.put("bytes_per_task", Peers.diskBytes(data) / (double) tasks);
      try (Storage storage = Storage.open(data, kind)) {
        List<byte[]> keys = check(storage, workload);
        KeySequence sequence = new KeySequence(KeySequence.Distribution.UNIFORM, keys.size(), seed);
        figures.put(
            "cold_get_us",
            sampler
                .sample(1, i -> storage.get(Family.RECORDS, keys.get(sequence.next())))
                .get("value"));
      }
      report.section(compression.name().toLowerCase(Locale.ROOT)).putAll(figures);
    }
    report.kept("records after each", "right");
  }

  /** The keys of all records, which are right. */
  private List<byte[]> check(Storage storage, TaskWorkload workload) {
    RecordCodec codec = new RecordCodec();
    List<byte[]> keys = new ArrayList<>();
    try (StorageIterator records = storage.iterate(Family.RECORDS, null, null, null)) {
      for (records.first(); records.isValid(); records.next()) {
        Task expected = workload.task(keys.size());
        Task found = codec.decode(records.value());
        if (!expected.equals(found)) {
          throw new WrongAnswerException("a record holds " + found + " instead of " + expected);
        }
        keys.add(records.key());
      }
    }
    if (keys.size() != tasks) {
      throw new WrongAnswerException("of " + tasks + " records there are " + keys.size());
    }
    return keys;
  }
}
