package dev.quarry.internal.lifecycle;

import dev.quarry.LincheckChild;
import dev.quarry.StoreClosedException;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.jetbrains.kotlinx.lincheck.Actor;
import org.jetbrains.kotlinx.lincheck.execution.ExecutionScenario;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Nothing is used behind its freeing, in every interleaving that the model checker tries, nor under
 * stress, where threads meet as the processor lets them; and the same checks find three planted
 * mistakes, those under stress with a pause in the gap, which is else met too seldom.
 */
@Timeout(600)
class LincheckTest {
  private static final int FACTOR = Boolean.getBoolean("quarry.long") ? 20 : 1;
  private static final String STRESS = "stress of ";
  private static final List<Class<?>> RIGHT = List.of(Guarded.class, Handled.class, Replaced.class);
  private static final List<Class<?>> WRONG =
      List.of(LooksFirst.class, FreesAtOnce.class, TurnsOnce.class);
  private static final List<Class<?>> PAUSING =
      List.of(LooksFirstAndPauses.class, FreesAtOnceInAPause.class, TurnsOnceInAPause.class);

  private static void letOthersIn() {
    LockSupport.parkNanos(20_000);
  }

  /** What a guarded resource must be like. */
  public static class Plain {
    private boolean closed;

    public String use() {
      return closed ? "closed" : "used";
    }

    public void close() {
      closed = true;
    }
  }

  /** A resource behind the store's guard. */
  public static final class Guarded {
    private final Guard guard = new Guard("test");
    private volatile boolean freed;

    @Operation
    public String use() {
      int lease = guard.tryEnter();
      if (lease < 0) {
        return "closed";
      }
      String seen = freed ? "used behind its freeing" : "used";
      guard.exit(lease);
      return seen;
    }

    @Operation
    public void close() {
      if (guard.close()) {
        guard.awaitIdle();
        freed = true;
      }
    }
  }

  /** Planted: the lease looks at the flag before it adds. */
  public static class LooksFirst {
    private final AtomicInteger leases = new AtomicInteger();
    private volatile boolean closed;
    private volatile boolean freed;

    @Operation
    public String use() {
      if (closed) {
        return "closed";
      }
      pause();
      leases.incrementAndGet();
      String seen = freed ? "used behind its freeing" : "used";
      leases.decrementAndGet();
      return seen;
    }

    @Operation(nonParallelGroup = "closers")
    public void close() {
      closed = true;
      while (leases.get() > 0) {
        Thread.onSpinWait();
      }
      freed = true;
    }

    void pause() {}
  }

  /** The same, with a gap that stress meets. */
  public static final class LooksFirstAndPauses extends LooksFirst {
    @Override
    void pause() {
      letOthersIn();
    }
  }

  /** A resource behind a cursor's handle: freed once, and by the last to leave. */
  public static final class Handled {
    private final AtomicInteger frees = new AtomicInteger();
    private final Handle handle = new Handle("test", null, frees::incrementAndGet);

    @Operation
    public String use() {
      try {
        handle.enter();
      } catch (StoreClosedException e) {
        return "closed";
      }
      String seen = frees.get() > 0 ? "used behind its freeing" : "used";
      handle.exit();
      return seen + (frees.get() > 1 ? " and freed twice" : "");
    }

    @Operation
    public void close() {
      handle.close();
    }
  }

  /** Planted: close frees without a look at who is inside. */
  public static class FreesAtOnce {
    private final AtomicInteger frees = new AtomicInteger();
    private volatile boolean closed;

    @Operation
    public String use() {
      if (closed) {
        return "closed";
      }
      pause();
      return frees.get() > 0 ? "used behind its freeing" : "used";
    }

    @Operation(nonParallelGroup = "closers")
    public void close() {
      closed = true;
      frees.incrementAndGet();
    }

    void pause() {}
  }

  /** The same, with a gap that stress meets. */
  public static final class FreesAtOnceInAPause extends FreesAtOnce {
    @Override
    void pause() {
      letOthersIn();
    }
  }

  /** What a resource that is replaced must be like: nobody can tell that it is. */
  public static class Same {
    public String use() {
      return "used";
    }

    public void replace() {}
  }

  /** A resource in whose place another comes, and which is freed behind its last user. */
  private static final class Replaceable {
    volatile boolean freed;
  }

  /** The old one is freed when those who held a lease have gone. */
  public static final class Replaced {
    private final Guard guard = new Guard("test");
    private volatile Replaceable present = new Replaceable();

    @Operation
    public String use() {
      int lease = guard.tryEnter();
      Replaceable mine = present;
      String seen = mine.freed ? "used behind its freeing" : "used";
      guard.exit(lease);
      return seen;
    }

    @Operation(nonParallelGroup = "replacers")
    public void replace() {
      Replaceable old = present;
      present = new Replaceable();
      guard.awaitPassed(() -> true);
      old.freed = true;
    }
  }

  /** Planted: a single turn, which a user who chose his counter before an earlier one escapes. */
  public static class TurnsOnce {
    private final AtomicInteger[] leases = {new AtomicInteger(), new AtomicInteger()};
    private volatile int turn;
    private volatile Replaceable present = new Replaceable();

    @Operation
    public String use() {
      AtomicInteger counter = leases[turn];
      pause();
      counter.incrementAndGet();
      Replaceable mine = present;
      pause();
      String seen = mine.freed ? "used behind its freeing" : "used";
      counter.decrementAndGet();
      return seen;
    }

    @Operation(nonParallelGroup = "replacers")
    public void replace() {
      Replaceable old = present;
      present = new Replaceable();
      int set = turn;
      turn = 1 - set;
      while (leases[set].get() > 0) {
        Thread.onSpinWait();
      }
      old.freed = true;
    }

    void pause() {}
  }

  /** The same, with gaps that stress meets. */
  public static final class TurnsOnceInAPause extends TurnsOnce {
    @Override
    void pause() {
      letOthersIn();
    }
  }

  /** Checks all of them. */
  static final class Program {
    private Program() {}

    private static Actor actor(Class<?> of, String name) {
      try {
        return new Actor(of.getMethod(name), List.of(), false, false, false, false);
      } catch (NoSuchMethodException e) {
        throw new IllegalArgumentException(e);
      }
    }

    /** The smallest in which a mistake can show, so that all of its orders of steps are tried. */
    private static ExecutionScenario smallest(Class<?> checked) {
      Actor use = actor(checked, "use");
      List<List<Actor>> threads =
          isReplaced(checked)
              ? List.of(List.of(use), List.of(actor(checked, "replace"), actor(checked, "replace")))
              : List.of(List.of(use), List.of(actor(checked, "close")));
      return new ExecutionScenario(List.of(), threads, List.of(), null);
    }

    private static ModelCheckingOptions model(Class<?> checked) {
      boolean replaced = isReplaced(checked);
      return new ModelCheckingOptions()
          .sequentialSpecification(replaced ? Same.class : Plain.class)
          .actorsBefore(0)
          .threads(replaced ? 2 : 3) // but more of their steps: a mistake shows late
          .actorsPerThread(2)
          .actorsAfter(1)
          .iterations(6 * FACTOR)
          .invocationsPerIteration(replaced ? 3_000 : 300)
          .minimizeFailedScenario(false)
          .addCustomScenario(smallest(checked));
    }

    public static void main(String[] arguments) {
      for (Class<?> checked : both(RIGHT, WRONG)) {
        LincheckChild.tell(checked.getSimpleName(), checked, model(checked)::check);
      }
      StressOptions stress =
          new StressOptions()
              .actorsBefore(0)
              .actorsPerThread(3)
              .actorsAfter(1)
              .invocationsPerIteration(2_000)
              .minimizeFailedScenario(false);
      for (Class<?> checked : both(RIGHT, PAUSING)) {
        boolean replaced = isReplaced(checked);
        // one that is found ends there, and when threads meet nobody knows
        stress.iterations((PAUSING.contains(checked) ? 60 : 3) * FACTOR);
        LincheckChild.tell(
            STRESS + checked.getSimpleName(),
            checked,
            stress.sequentialSpecification(replaced ? Same.class : Plain.class).threads(3)::check);
      }
    }

    private static boolean isReplaced(Class<?> checked) {
      return checked == Replaced.class || TurnsOnce.class.isAssignableFrom(checked);
    }
  }

  private static List<String> names(String before, List<Class<?>> classes) {
    return classes.stream().map(c -> before + c.getSimpleName()).toList();
  }

  private static <T> List<T> both(List<T> some, List<T> others) {
    return Stream.concat(some.stream(), others.stream()).toList();
  }

  @Test
  void theCheckHoldsAndFindsPlantedMistakes() throws Exception {
    LincheckChild.check(
        Program.class,
        both(names("", RIGHT), names(STRESS, RIGHT)),
        both(names("", WRONG), names(STRESS, PAUSING)));
  }
}
