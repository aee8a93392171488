package dev.quarry.internal.change;

import dev.quarry.LincheckChild;
import dev.quarry.Task;
import dev.quarry.change.Change;
import dev.quarry.change.WatchOptions.Mode;
import dev.quarry.internal.write.Action;
import dev.quarry.internal.write.Commit;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jetbrains.kotlinx.lincheck.Actor;
import org.jetbrains.kotlinx.lincheck.execution.ExecutionScenario;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.ManagedStrategyGuaranteeKt;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.jetbrains.lincheck.datastructures.Validate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What the change feed keeps in memory, in every interleaving that the model checker tries, and
 * under stress: whoever follows the ring and the log behind it misses no commit and gets no other,
 * and an inbox delivers what it took once and in order. The same checks find three planted
 * mistakes. That nobody sleeps over a commit is not for them: the checker lets everybody who parks
 * wake up by himself. {@link CommitRingTest} steps that.
 */
@Timeout(600)
class LincheckTest {
  private static final int FACTOR = Boolean.getBoolean("quarry.long") ? 20 : 1;
  private static final String STRESS = "stress of ";
  private static final String FINE = "fine";
  private static final Task TASK = Task.builder("T", "t").build();

  /** Collections of the JDK: the steps that matter are between them. */
  private static boolean isTrusted(String name) {
    return name.startsWith("java.util.") && !name.startsWith("java.util.concurrent.atomic.");
  }

  private static Commit commit(long sequence) {
    return new Commit(sequence, Instant.EPOCH, Action.WRITE, null, List.of());
  }

  /** What a follower must find: the commits so far. */
  public static class Log {
    private int commits;

    public void commit() {
      commits = Math.min(commits + 1, Followed.SEQUENCES.length);
    }

    public String read(int which) {
      return which < commits ? "" + Followed.SEQUENCES[which] : "not yet";
    }
  }

  /** The ring, and the log that is written before it. Its two commits share a slot. */
  @Param(name = "which", gen = IntGen.class, conf = "0:1")
  public static class Followed {
    static final long[] SEQUENCES = {4_096, 8_192};

    private final CommitRing ring = new CommitRing(SEQUENCES[0] - 1);
    private volatile int logged;

    public Followed() {
      ring.activate(Thread.currentThread());
    }

    @Operation(nonParallelGroup = "committer")
    public void commit() {
      int next = logged;
      if (next < SEQUENCES.length) {
        logged = next + 1;
        keep(LincheckTest.commit(SEQUENCES[next]));
      }
    }

    @Operation
    public String read(@Param(name = "which") int which) {
      if (last() < SEQUENCES[which]) {
        return "not yet";
      }
      Commit commit = get(SEQUENCES[which]);
      if (commit != null) {
        return "" + commit.sequence();
      }
      return which < logged ? "" + SEQUENCES[which] : "lost";
    }

    void keep(Commit commit) {
      ring.committed(commit);
    }

    long last() {
      return ring.last();
    }

    Commit get(long sequence) {
      return ring.get(sequence);
    }
  }

  /** Planted: what lies in the slot is taken for the commit that was asked for. */
  @Param(name = "which", gen = IntGen.class, conf = "0:1")
  public static final class TrustsTheSlot extends Followed {
    private volatile Commit slot;
    private volatile long last = SEQUENCES[0] - 1;

    @Override
    void keep(Commit commit) {
      slot = commit;
      last = commit.sequence();
    }

    @Override
    long last() {
      return last;
    }

    @Override
    Commit get(long sequence) {
      return slot;
    }
  }

  /** What an inbox must be like: nothing is ever wrong. */
  public static class Right {
    public void offer(int task) {}

    public String deliver() {
      return FINE;
    }

    public String position() {
      return FINE;
    }
  }

  /** An inbox between its dispatcher, its worker and those who ask for the position. */
  @Param(name = "task", gen = IntGen.class, conf = "0:2")
  public abstract static class Delivery {
    private static final int TASKS = 3;

    private final Mode mode;

    // of the dispatcher
    private final long[] newest = new long[TASKS];
    private int sequence;
    private int taken;

    // of the worker
    private final long[] got = new long[TASKS];
    private int deliveries;

    private volatile long dispatched;
    private volatile long delivered;

    Delivery(Mode mode) {
      this.mode = mode;
    }

    abstract boolean put(List<Change> changes, long sequence);

    abstract Item poll();

    abstract void done(Item item);

    abstract boolean isDone();

    abstract long dropped();

    /** One change, or for the last of the tasks one of this and one of the first. */
    @Operation(nonParallelGroup = "dispatcher")
    public void offer(@Param(name = "task") int task) {
      sequence++;
      List<Change> changes = new ArrayList<>();
      changes.add(change(task));
      if (task == 2) {
        changes.add(change(0));
      }
      if (put(changes, sequence)) {
        taken += changes.size();
        for (Change change : changes) {
          newest[task(change)] = sequence;
        }
        dispatched = sequence;
      }
    }

    private Change change(int task) {
      return new Change(
          sequence, Instant.EPOCH, Change.Kind.UPDATED, "write", null, "T" + task, TASK, TASK);
    }

    private static int task(Change change) {
      return change.id().charAt(1) - '0';
    }

    @Operation(nonParallelGroup = "worker")
    public String deliver() {
      Item item = poll();
      if (item == null) {
        return FINE;
      }
      for (Change change : item.changes) {
        long before = got[task(change)];
        if (change.sequence() <= Math.max(before, delivered)) {
          return change.sequence() + " behind " + before + " and " + delivered;
        }
        got[task(change)] = change.sequence();
        deliveries++;
      }
      delivered = item.through;
      done(item);
      return FINE;
    }

    /** As a subscription tells it: where all is done, it has what was dispatched before. */
    @Operation
    public String position() {
      long before = dispatched;
      boolean lossy = mode == Mode.LOSSY; // there, what was dropped is done, too
      return isDone() && !lossy && delivered < before ? delivered + " before " + before : FINE;
    }

    /** When all is quiet: nothing is left over, lost, or there twice. */
    @Validate
    public void check() {
      for (int i = 0; i <= taken; i++) {
        String said = deliver();
        if (!said.equals(FINE)) {
          throw new IllegalStateException(said);
        }
      }
      if (!isDone() || deliveries + dropped() != taken) {
        throw new IllegalStateException(
            "of %d delivered %d, dropped %d".formatted(taken, deliveries, dropped()));
      }
      if (mode == Mode.LATEST && !Arrays.equals(got, newest)) {
        throw new IllegalStateException(
            Arrays.toString(got) + " instead of " + Arrays.toString(newest));
      }
    }
  }

  /** The feed's inbox. */
  public abstract static class Boxed extends Delivery {
    private final Inbox inbox;

    Boxed(Mode mode) {
      super(mode);
      inbox = new Inbox(mode, 2);
    }

    @Override
    boolean put(List<Change> changes, long sequence) {
      return inbox.offer(changes, sequence);
    }

    @Override
    Item poll() {
      return inbox.poll();
    }

    @Override
    void done(Item item) {
      inbox.done(item);
    }

    @Override
    boolean isDone() {
      return inbox.isDone();
    }

    @Override
    long dropped() {
      return inbox.dropped();
    }
  }

  /** The mode in which what finds no room is refused. */
  public static final class Durable extends Boxed {
    public Durable() {
      super(Mode.DURABLE);
    }
  }

  /** The mode in which the oldest make room. */
  public static final class Lossy extends Boxed {
    public Lossy() {
      super(Mode.LOSSY);
    }
  }

  /** The mode in which only the newest change of a task waits. */
  public static final class Latest extends Boxed {
    public Latest() {
      super(Mode.LATEST);
    }
  }

  /** Planted: what is under delivery counts as delivered. */
  public static class DoneWhenEmpty extends Delivery {
    private final Queue<Item> queue = new ConcurrentLinkedQueue<>();

    public DoneWhenEmpty() {
      super(Mode.DURABLE);
    }

    @Override
    boolean put(List<Change> changes, long sequence) {
      return queue.add(new Item(changes, sequence, true, false));
    }

    @Override
    Item poll() {
      Item item = queue.poll();
      pause();
      return item;
    }

    void pause() {}

    @Override
    void done(Item item) {}

    @Override
    boolean isDone() {
      return queue.isEmpty();
    }

    @Override
    long dropped() {
      return 0;
    }
  }

  /** The same, with a gap that stress meets. */
  public static final class DoneWhenEmptyInAPause extends DoneWhenEmpty {
    @Override
    void pause() {
      LockSupport.parkNanos(20_000);
    }
  }

  /** Planted: the dispatcher adds to what the worker may have taken meanwhile. */
  public static final class SharesTheConflation extends Delivery {
    private final AtomicReference<Conflation> waiting = new AtomicReference<>();
    private final AtomicInteger pending = new AtomicInteger();
    private int dropped;

    public SharesTheConflation() {
      super(Mode.LATEST);
    }

    @Override
    boolean put(List<Change> changes, long sequence) {
      Conflation present = waiting.get();
      if (present == null) {
        present = new Conflation();
        pending.incrementAndGet();
        waiting.set(present);
      }
      dropped += present.add(changes, sequence);
      return true;
    }

    @Override
    Item poll() {
      Conflation taken = waiting.getAndSet(null);
      return taken == null ? null : taken.toItem(true, false);
    }

    @Override
    void done(Item item) {
      pending.decrementAndGet();
    }

    @Override
    boolean isDone() {
      return pending.get() == 0;
    }

    @Override
    long dropped() {
      return dropped;
    }
  }

  /** Checks all of them. */
  static final class Program {
    private Program() {}

    /** The scenario is given, since of two groups of one thread each few others have much. */
    private static ModelCheckingOptions model(ExecutionScenario scenario) {
      return new ModelCheckingOptions()
          .iterations(0)
          .invocationsPerIteration(300 * FACTOR)
          .minimizeFailedScenario(false)
          .addCustomScenario(scenario)
          .addGuarantee(
              ManagedStrategyGuaranteeKt.forClasses(LincheckTest::isTrusted)
                  .allMethods()
                  .treatAsAtomic());
    }

    private static StressOptions stress(ExecutionScenario scenario) {
      return new StressOptions()
          .iterations(0)
          .invocationsPerIteration(2_000 * FACTOR)
          .minimizeFailedScenario(false)
          .addCustomScenario(scenario);
    }

    private static Actor actor(Class<?> of, String name, Integer... arguments) {
      Class<?>[] types = Arrays.stream(arguments).map(a -> int.class).toArray(Class<?>[]::new);
      try {
        return new Actor(of.getMethod(name, types), List.of(arguments), false, false, false, false);
      } catch (NoSuchMethodException e) {
        throw new IllegalArgumentException(e);
      }
    }

    /** One that commits, and two that read. */
    private static ExecutionScenario followed() {
      Actor commit = actor(Followed.class, "commit");
      Actor first = actor(Followed.class, "read", 0);
      Actor second = actor(Followed.class, "read", 1);
      return new ExecutionScenario(
          List.of(),
          List.of(List.of(commit, commit), List.of(first, second), List.of(second, first)),
          List.of(first, second),
          null);
    }

    /** One that offers, one that delivers, and one that looks. */
    private static ExecutionScenario delivery() {
      Actor deliver = actor(Delivery.class, "deliver");
      Actor position = actor(Delivery.class, "position");
      return new ExecutionScenario(
          List.of(actor(Delivery.class, "offer", 0)),
          List.of(
              List.of(actor(Delivery.class, "offer", 2), actor(Delivery.class, "offer", 1)),
              List.of(deliver, deliver),
              List.of(position, position)),
          List.of(position),
          null);
    }

    public static void main(String[] arguments) {
      ModelCheckingOptions ring = model(followed()).sequentialSpecification(Log.class);
      for (Class<?> checked : List.of(Followed.class, TrustsTheSlot.class)) {
        LincheckChild.tell(checked.getSimpleName(), checked, ring::check);
      }
      ModelCheckingOptions inbox = model(delivery()).sequentialSpecification(Right.class);
      for (Class<?> checked :
          List.of(
              Durable.class,
              Lossy.class,
              Latest.class,
              DoneWhenEmpty.class,
              SharesTheConflation.class)) {
        LincheckChild.tell(checked.getSimpleName(), checked, inbox::check);
      }
      LincheckChild.tell(
          STRESS + Followed.class.getSimpleName(),
          Followed.class,
          stress(followed()).sequentialSpecification(Log.class)::check);
      StressOptions stress = stress(delivery()).sequentialSpecification(Right.class);
      for (Class<?> checked :
          List.of(Durable.class, Lossy.class, Latest.class, DoneWhenEmptyInAPause.class)) {
        LincheckChild.tell(STRESS + checked.getSimpleName(), checked, stress::check);
      }
    }
  }

  @Test
  void theChecksHoldAndFindPlantedMistakes() throws Exception {
    LincheckChild.check(
        Program.class,
        List.of(
            "Followed",
            "Durable",
            "Lossy",
            "Latest",
            STRESS + "Followed",
            STRESS + "Durable",
            STRESS + "Lossy",
            STRESS + "Latest"),
        List.of(
            "TrustsTheSlot",
            "DoneWhenEmpty",
            "SharesTheConflation",
            STRESS + "DoneWhenEmptyInAPause"));
  }
}
