package dev.quarry;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.ToIntFunction;

/**
 * Feeds many seeded hostile inputs to a target and fails where one takes too long, allocates too
 * much, exhausts a small stack or ends in an exception that the target did not expect. Each
 * execution has a random source of its own, so that a failure is repeated alone.
 *
 * <p>{@code -Dquarry.fuzz.executions=N} sets the number of executions, {@code -Dquarry.seed=S} the
 * seed, {@code -Dquarry.fuzz.first=I} the first execution.
 *
 * @param <T> type of the inputs
 */
public final class Campaign<T> {
  private static final long STACK_BYTES = 512 << 10;
  private static final long MAX_CPU_NANOS = TimeUnit.SECONDS.toNanos(10);

  /** What waits uses no processor; what works may wait for one on a busy machine. */
  private static final long MAX_NANOS = TimeUnit.SECONDS.toNanos(120);

  private static final long SPARE_BYTES = 256 << 10;
  private static final int SHOWN = 4_000;

  private final Function<SplittableRandom, T> inputs;
  private final ToIntFunction<T> size;
  private final Function<T, String> shown;
  private final AtomicLong startedAt = new AtomicLong();
  private final AtomicLong startedAtCpu = new AtomicLong();
  private final AtomicReference<T> current = new AtomicReference<>();
  private long bytesPerByte = 64;
  private long most = Long.MAX_VALUE;

  /** What is tried. */
  @FunctionalInterface
  public interface Target<T> {
    /** Tries an input; throws what must not be thrown. */
    void accept(T input) throws Exception;
  }

  /**
   * A campaign.
   *
   * @param inputs makes an input
   * @param size bytes of an input
   * @param shown an input in a failure's message
   */
  public Campaign(
      Function<SplittableRandom, T> inputs, ToIntFunction<T> size, Function<T, String> shown) {
    this.inputs = inputs;
    this.size = size;
    this.shown = shown;
  }

  /** Allows this many bytes of heap for each byte of an input, beside a constant; default 64. */
  public Campaign<T> bytesPerByte(long value) {
    bytesPerByte = value;
    return this;
  }

  /**
   * Executes no more than this, whatever is asked for: for what writes a file each time. {@code
   * -Dquarry.fuzz.most=N} takes its place.
   */
  public Campaign<T> atMost(long executions) {
    most = Long.getLong("quarry.fuzz.most", executions);
    return this;
  }

  /** The seed that the command line names, or this. */
  public static long seed(long fallback) {
    return Long.getLong("quarry.seed", fallback);
  }

  /** Runs; in a thread with a small stack, watched from this one. */
  public void run(long shortSeed, long shortExecutions, Target<T> target) throws Exception {
    long seed = seed(shortSeed);
    long first = Long.getLong("quarry.fuzz.first", 0);
    long executions = Math.min(most, Long.getLong("quarry.fuzz.executions", shortExecutions));
    AtomicLong at = new AtomicLong(first);
    AtomicReference<Throwable> failure = new AtomicReference<>();
    Thread worker =
        new Thread(
            null,
            () -> {
              try {
                for (long i = first; i < first + executions; i++) {
                  at.set(i);
                  execute(seed, i, target);
                }
              } catch (Throwable e) { // also what the stack or the heap ends with
                failure.set(e);
              }
            },
            "campaign",
            STACK_BYTES);
    worker.setDaemon(true);
    worker.start();
    while (worker.isAlive()) {
      worker.join(1_000);
      long started = startedAt.get();
      if (started != 0 && takesTooLong(worker, started)) {
        AssertionError stuck = new AssertionError("an input takes too long");
        stuck.setStackTrace(worker.getStackTrace());
        failure.compareAndSet(null, stuck);
        break;
      }
    }
    if (failure.get() != null) {
      throw new AssertionError(
          "seed %d, execution %d (-Dquarry.seed=%d -Dquarry.fuzz.first=%d), input %s"
              .formatted(seed, at.get(), seed, at.get(), shownInput()),
          failure.get());
    }
  }

  private boolean takesTooLong(Thread worker, long started) {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = startedAtCpu.get();
    long cpu = threads.getThreadCpuTime(worker.getId()) - before;
    boolean tooLong = cpu > MAX_CPU_NANOS || System.nanoTime() - started > MAX_NANOS;
    return tooLong && worker.isAlive() && startedAt.get() == started;
  }

  private String shownInput() {
    T input = current.get();
    String text = input == null ? "none" : shown.apply(input);
    return text.length() > SHOWN ? text.substring(0, SHOWN) + "..." : text;
  }

  private void execute(long seed, long number, Target<T> target) throws Exception {
    T input = inputs.apply(new SplittableRandom(seed * 0x9E3779B97F4A7C15L + number));
    current.set(input);
    long allowed = SPARE_BYTES + bytesPerByte * size.applyAsInt(input);
    long allocated = allocatedBy(input, target);
    if (allocated > allowed) {
      allocated = allocatedBy(input, target); // the first may have loaded classes
    }
    if (allocated > allowed) {
      throw new AssertionError(
          "%d bytes of heap for %d bytes of input; at most %d were allowed"
              .formatted(allocated, size.applyAsInt(input), allowed));
    }
  }

  private long allocatedBy(T input, Target<T> target) throws Exception {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    startedAtCpu.set(threads.getCurrentThreadCpuTime());
    startedAt.set(System.nanoTime());
    target.accept(input);
    startedAt.set(0);
    return threads.getCurrentThreadAllocatedBytes() - before;
  }
}
