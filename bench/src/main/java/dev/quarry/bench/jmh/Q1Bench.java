package dev.quarry.bench.jmh;

import dev.quarry.Page;
import dev.quarry.PageRequest;
import dev.quarry.Task;
import dev.quarry.bench.Answers;
import dev.quarry.bench.TaskWorkload;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.infra.Blackhole;

/** What does the first page of one status cost? */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class Q1Bench {
  /** The right answer, for RocksDB alone, which cannot find it. */
  @State(Scope.Benchmark)
  public static class Answer {
    private List<Long> numbers;

    /** Looks at every task. */
    @Setup
    public void find(RawState raw) {
      numbers = Answers.of(raw.workload(), raw.tasks).q1();
    }

    List<Long> numbers() {
      return numbers;
    }
  }

  /** The store's verb. */
  @Benchmark
  public Page<Task> q1(QuarryState quarry) {
    return quarry.store().page(TaskWorkload.q1(), PageRequest.first(TaskWorkload.PAGE));
  }

  /** Point reads and decodes of the tasks of the answer, which is told to it. */
  @Benchmark
  public void rawFetchOfAnswer(RawState raw, Answer answer, Blackhole blackhole) {
    for (long ordinal : answer.numbers()) {
      blackhole.consume(raw.codec().decode(raw.store().get(ordinal)));
    }
  }
}
