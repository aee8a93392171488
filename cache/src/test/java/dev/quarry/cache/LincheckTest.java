package dev.quarry.cache;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import org.jetbrains.kotlinx.lincheck.Actor;
import org.jetbrains.kotlinx.lincheck.execution.ExecutionScenario;
import org.jetbrains.lincheck.LincheckAssertionError;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.ManagedStrategyGuaranteeKt;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A store of one number behind the cache is a linearizable register, in every interleaving that the
 * model checker tries: no reader, however slow, brings an old value back. Caffeine's own steps
 * count as one each; those of the cache are all tried. The same check finds two planted mistakes.
 */
@Timeout(3600)
class LincheckTest {
  private static final int FACTOR = Boolean.getBoolean("quarry.long") ? 20 : 1;
  private static final long KEY = 7;

  /** What the register must be like. */
  public static class Plain {
    private int value;

    public int read() {
      return value;
    }

    public void write(int newValue) {
      value = newValue;
    }

    public void drain() {}

    public void evict() {}
  }

  /** The register: a store and the cache before it, used as the cache's documentation says. */
  @Param(name = "value", gen = IntGen.class, conf = "1:3")
  public static class Register {
    final BoundedRecordCache<Integer> cache = BoundedRecordCache.manual(64 << 10, value -> 4);
    volatile int store;

    @Operation
    public int read() {
      Integer cached = cache.get(KEY);
      if (cached != null) {
        return cached;
      }
      long stamp = cache.readStamp(KEY);
      int value = store;
      cache.fill(KEY, value, stamp);
      return value;
    }

    @Operation(nonParallelGroup = "committer")
    public void write(@Param(name = "value") int newValue) {
      cache.beginWrite(KEY);
      store = newValue;
      cache.endWrite(KEY, newValue > 2 ? newValue : null); // not all values are worth caching
    }

    /** What the cache's thread does. */
    @Operation(nonParallelGroup = "fills")
    public void drain() {
      cache.drain();
    }
  }

  /** Readers by name. */
  @Param(name = "value", gen = IntGen.class, conf = "1:3")
  public static final class Named extends Register {
    private static final String NAME = "name";

    @Operation
    @Override
    public int read() {
      Integer named = cache.named(NAME);
      if (named != null) {
        return named;
      }
      Integer cached = cache.get(KEY);
      if (cached != null) {
        cache.name(KEY, NAME, cached);
        return cached;
      }
      return super.read();
    }

    /** The entry leaves the cache, of which no stamp tells. */
    @Operation(nonParallelGroup = "fills")
    public void evict() {
      cache.core().entries().invalidate(CacheCore.boxed(KEY));
    }
  }

  /** Planted: the stamp is taken behind the store's reading. */
  @Param(name = "value", gen = IntGen.class, conf = "1:3")
  public static final class LateStamp extends Register {
    @Operation
    @Override
    public int read() {
      Integer cached = cache.get(KEY);
      if (cached != null) {
        return cached;
      }
      int value = store;
      cache.fill(KEY, value, cache.readStamp(KEY));
      return value;
    }
  }

  /** Planted: the old value is not hidden while it is replaced. */
  @Param(name = "value", gen = IntGen.class, conf = "1:3")
  public static final class NoBegin extends Register {
    @Operation(nonParallelGroup = "committer")
    @Override
    public void write(@Param(name = "value") int newValue) {
      store = newValue;
      cache.beginWrite(KEY);
      cache.endWrite(KEY, newValue);
    }
  }

  private static Actor actor(String name, Integer... arguments) throws NoSuchMethodException {
    Class<?>[] types = Arrays.stream(arguments).map(a -> int.class).toArray(Class<?>[]::new);
    Class<?> of = name.equals("evict") ? Named.class : Register.class;
    return new Actor(of.getMethod(name, types), List.of(arguments), false, false, false, false);
  }

  private static ModelCheckingOptions options(int iterations) {
    return new ModelCheckingOptions()
        .sequentialSpecification(Plain.class)
        .threads(2)
        .actorsBefore(1)
        .actorsPerThread(2)
        .actorsAfter(2)
        .iterations(iterations)
        .invocationsPerIteration(200)
        .minimizeFailedScenario(false)
        .addGuarantee(
            ManagedStrategyGuaranteeKt.forClasses(name -> name.startsWith("com.github.benmanes"))
                .allMethods()
                .treatAsAtomic());
  }

  /** A reader that has read the store meets a write whose value is not cached. */
  private static ExecutionScenario slowReader() throws NoSuchMethodException {
    return new ExecutionScenario(
        List.of(),
        List.of(List.of(actor("read")), List.of(actor("write", 1))),
        List.of(actor("drain"), actor("read")),
        null);
  }

  /** A fill of the old value is queued while the value changes. */
  private static ExecutionScenario queuedFill() throws NoSuchMethodException {
    return new ExecutionScenario(
        List.of(actor("read")),
        List.of(List.of(actor("read"), actor("drain"), actor("read")), List.of(actor("write", 1))),
        List.of(),
        null);
  }

  @Test
  void theRegisterIsLinearizable() throws NoSuchMethodException {
    options(3 * FACTOR)
        .addCustomScenario(slowReader())
        .addCustomScenario(queuedFill())
        .check(Register.class);
  }

  /** Reads that get and give the name meet a write, or the eviction of the entry. */
  private static ExecutionScenario named(String meets, Integer... argument)
      throws NoSuchMethodException {
    return new ExecutionScenario(
        List.of(actor("write", 3), actor("read"), actor("read")),
        List.of(
            List.of(actor("read"), actor("read")),
            List.of(actor(meets, argument), actor("write", 1))),
        List.of(actor("read"), actor("write", 2), actor("read")),
        null);
  }

  @Test
  void theRegisterIsLinearizableByName() throws NoSuchMethodException {
    options(3 * FACTOR)
        .addCustomScenario(named("write", 2))
        .addCustomScenario(named("evict"))
        .check(Named.class);
  }

  @Test
  void theRegisterIsLinearizableUnderStress() {
    new StressOptions()
        .sequentialSpecification(Plain.class)
        .threads(3)
        .actorsPerThread(3)
        .iterations(2 * FACTOR)
        .invocationsPerIteration(300)
        .check(Register.class);
  }

  @Test
  void aLateStampIsFound() {
    assertThatThrownBy(() -> options(0).addCustomScenario(slowReader()).check(LateStamp.class))
        .isInstanceOf(LincheckAssertionError.class);
  }

  @Test
  void aMissingBeginIsFound() {
    assertThatThrownBy(() -> options(0).addCustomScenario(queuedFill()).check(NoBegin.class))
        .isInstanceOf(LincheckAssertionError.class);
  }
}
