package dev.quarry.bench.jmh;

import dev.quarry.ScanOptions;
import dev.quarry.Task;
import dev.quarry.TaskCursor;
import dev.quarry.internal.codec.FieldSelection;
import dev.quarry.query.Query;
import dev.quarry.query.TaskFields;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.infra.Blackhole;

/** What does it cost to read every task, whole or two fields of it? Times are per scan. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class ScanBench {
  private static final ScanOptions WHOLE = ScanOptions.chunks(1_000);
  private static final ScanOptions TWO_FIELDS =
      WHOLE.only(TaskFields.STATUS, TaskFields.CREATED_AT);

  /** Whole tasks. */
  @Benchmark
  public void scan(QuarryState quarry, Blackhole blackhole) {
    read(quarry, WHOLE, blackhole);
  }

  /** Two fields. */
  @Benchmark
  public void scanTwoFields(QuarryState quarry, Blackhole blackhole) {
    read(quarry, TWO_FIELDS, blackhole);
  }

  /** Whole tasks, two threads. */
  @Benchmark
  public void scanWithTwoThreads(QuarryState quarry, Blackhole blackhole) {
    quarry.store().forEachParallel(Query.all(), 2, blackhole::consume);
  }

  /** An iterator and decodes. */
  @Benchmark
  public void rawScan(RawState raw, Blackhole blackhole) {
    raw.store().scan(record -> blackhole.consume(raw.codec().decode(record)));
  }

  /** An iterator and decodes of two fields. */
  @Benchmark
  public void rawScanTwoFields(RawState raw, Blackhole blackhole) {
    var fields = new FieldSelection(TWO_FIELDS.fields());
    raw.store().scan(record -> blackhole.consume(raw.codec().decode(record, fields)));
  }

  private static void read(QuarryState quarry, ScanOptions options, Blackhole blackhole) {
    try (TaskCursor cursor = quarry.store().scan(Query.all(), options)) {
      List<Task> chunk = cursor.nextChunk();
      while (!chunk.isEmpty()) {
        chunk.forEach(blackhole::consume);
        chunk = cursor.nextChunk();
      }
    }
  }
}
