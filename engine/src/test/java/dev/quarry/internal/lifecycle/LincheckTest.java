package dev.quarry.internal.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.ChildJvm;
import dev.quarry.StoreClosedException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jetbrains.lincheck.LincheckAssertionError;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Nothing is used behind its freeing, in every interleaving that the model checker tries; and the
 * same check finds three planted mistakes.
 */
@Timeout(600)
class LincheckTest {
  private static final int FACTOR = Boolean.getBoolean("quarry.long") ? 20 : 1;

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
  public static final class LooksFirst {
    private final AtomicInteger leases = new AtomicInteger();
    private volatile boolean closed;
    private volatile boolean freed;

    @Operation
    public String use() {
      if (closed) {
        return "closed";
      }
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
  public static final class FreesAtOnce {
    private final AtomicInteger frees = new AtomicInteger();
    private volatile boolean closed;

    @Operation
    public String use() {
      if (closed) {
        return "closed";
      }
      return frees.get() > 0 ? "used behind its freeing" : "used";
    }

    @Operation(nonParallelGroup = "closers")
    public void close() {
      closed = true;
      frees.incrementAndGet();
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
  public static final class TurnsOnce {
    private final AtomicInteger[] leases = {new AtomicInteger(), new AtomicInteger()};
    private volatile int turn;
    private volatile Replaceable present = new Replaceable();

    @Operation
    public String use() {
      AtomicInteger counter = leases[turn];
      counter.incrementAndGet();
      Replaceable mine = present;
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
  }

  /** Checks a class in a process of its own. */
  static final class Program {
    private Program() {}

    public static void main(String[] arguments) throws ClassNotFoundException {
      ModelCheckingOptions options =
          new ModelCheckingOptions()
              .actorsBefore(0)
              .actorsPerThread(2)
              .actorsAfter(1)
              .iterations(6 * FACTOR)
              .minimizeFailedScenario(false);
      PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
      for (String name : arguments) {
        Class<?> checked = Class.forName(name);
        boolean replaced = checked == Replaced.class || checked == TurnsOnce.class;
        try {
          options
              .sequentialSpecification(replaced ? Same.class : Plain.class)
              .threads(replaced ? 2 : 3) // but more of their steps: a mistake shows in the second
              .invocationsPerIteration(replaced ? 3_000 : 300)
              .check(checked);
          out.println("holds " + name);
        } catch (LincheckAssertionError e) {
          out.println("found " + name + ": " + e.getMessage());
        }
      }
    }
  }

  @Test
  void theCheckHoldsAndFindsPlantedMistakes() throws Exception {
    List<String> right =
        List.of(Guarded.class.getName(), Handled.class.getName(), Replaced.class.getName());
    List<String> wrong =
        List.of(LooksFirst.class.getName(), FreesAtOnce.class.getName(), TurnsOnce.class.getName());
    List<String> all = Stream.concat(right.stream(), wrong.stream()).toList();
    List<String> lines = new ArrayList<>();
    // the checker instruments every class of its process, which other tests could not bear
    try (ChildJvm child = new ChildJvm(Program.class, all.toArray())) {
      for (String line = child.line(); line != null; line = child.line()) {
        lines.add(line);
      }
    }
    for (String name : right) {
      assertThat(lines).contains("holds " + name);
    }
    for (String name : wrong) {
      assertThat(lines).anyMatch(line -> line.startsWith("found " + name));
    }
  }
}
