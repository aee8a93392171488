package dev.quarry.bench.jmh;

import dev.quarry.Page;
import dev.quarry.PageRequest;
import dev.quarry.Task;
import dev.quarry.bench.Answers;
import dev.quarry.bench.TaskWorkload;
import dev.quarry.query.Query;
import java.util.ArrayList;
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

/** What does the first page of a compound query with an order cost? */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class Q2Bench {
  /** Different queries in turn. */
  @State(Scope.Thread)
  public static class Queries {
    private final List<Query> queries = new ArrayList<>();
    private int next;

    /** Builds them. */
    @Setup
    public void build(QuarryState quarry) {
      for (int i = 0; i < quarry.workload().q2Count(); i++) {
        queries.add(quarry.workload().q2(i).query());
      }
    }

    Query next() {
      next = next + 1 == queries.size() ? 0 : next + 1;
      return queries.get(next);
    }
  }

  /** The right answers, for RocksDB alone, which cannot find them. */
  @State(Scope.Thread)
  public static class RawAnswers {
    private final List<List<Long>> numbers = new ArrayList<>();
    private int next;

    /** Looks at every task. */
    @Setup
    public void find(RawState raw) {
      Answers answers = Answers.of(raw.workload(), raw.tasks);
      for (int i = 0; i < raw.workload().q2Count(); i++) {
        numbers.add(answers.q2(i));
      }
    }

    List<Long> next() {
      next = next + 1 == numbers.size() ? 0 : next + 1;
      return numbers.get(next);
    }
  }

  /** The store's verb. */
  @Benchmark
  public Page<Task> q2(QuarryState quarry, Queries queries) {
    return quarry.store().page(queries.next(), PageRequest.first(TaskWorkload.PAGE));
  }

  /** Point reads and decodes of the tasks of the answer, which is told to it. */
  @Benchmark
  public void rawFetchOfAnswer(RawState raw, RawAnswers answers, Blackhole blackhole) {
    for (long ordinal : answers.next()) {
      blackhole.consume(raw.codec().decode(raw.store().get(ordinal)));
    }
  }
}
