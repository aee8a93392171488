package dev.quarry.index;

import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import net.openhft.chronicle.core.Jvm;
import net.openhft.chronicle.core.onoes.ExceptionHandler;
import net.openhft.chronicle.hash.VanillaGlobalMutableState;
import org.agrona.UnsafeApi;
import org.slf4j.LoggerFactory;

/**
 * Readies the process, in two steps, each once. {@link #prepare} opens what off-heap memory needs
 * of the Java platform. {@link #start}, which takes longer and may come long after or never, gives
 * Chronicle the one class that it would otherwise generate and compile at run time, and turns its
 * console output into debug messages of the {@link System.Logger} {@code
 * dev.quarry.index.chronicle}, and keeps it from beginning a thread of its own. The last two are
 * settings of the whole process: Chronicle has no narrower ones.
 */
final class ChronicleRuntime {
  private static final String SLF4J_VERBOSITY = "slf4j.internal.verbosity";
  private static final String RELEASER = "background.releaser";

  private ChronicleRuntime() {}

  /** Opens the platform; throws the same exception again where it has failed before. */
  static void prepare() {
    throwIfFailed(Access.FAILURE);
  }

  /** Starts Chronicle, behind {@link #prepare}. */
  static void start() {
    prepare();
    throwIfFailed(Start.FAILURE);
  }

  private static void throwIfFailed(Optional<RuntimeException> failure) {
    failure.ifPresent(
        cause -> {
          throw new IllegalStateException(cause.getMessage(), cause);
        });
  }

  private interface Step {
    void run() throws ReflectiveOperationException;
  }

  private static Optional<RuntimeException> attempt(Step step) {
    try {
      step.run();
      return Optional.empty();
    } catch (RuntimeException e) {
      return Optional.of(e);
    } catch (ReflectiveOperationException | LinkageError e) {
      return Optional.of(
          new IllegalStateException("A library that the index needs does not start: " + e, e));
    }
  }

  private static final class Access {
    static final Optional<RuntimeException> FAILURE = attempt(ChronicleRuntime::openPlatform);
  }

  private static final class Start {
    static final Optional<RuntimeException> FAILURE =
        attempt(
            () -> {
              releaseAtOnce();
              redirectMessages();
              shipGeneratedClass();
            });
  }

  private static void openPlatform() throws ReflectiveOperationException {
    ClassLoader loader = ChronicleRuntime.class.getClassLoader();
    Set<Module> modules = new HashSet<>();
    for (String name :
        new String[] {
          "dev.quarry.index.ChronicleRuntime",
          "org.agrona.UnsafeApi",
          "net.openhft.chronicle.core.Jvm",
          "net.openhft.chronicle.bytes.Bytes",
          "net.openhft.chronicle.map.ChronicleMap"
        }) {
      modules.add(Class.forName(name, false, loader).getModule());
    }
    JvmAccess.open(modules);
    startLogging();
  }

  /**
   * Chronicle and the engine use SLF4J, whose remark about a missing provider would go to the
   * console: the library must not decide on a provider, and has nothing to log either.
   */
  private static void startLogging() throws ReflectiveOperationException {
    withProperty(SLF4J_VERBOSITY, "ERROR", LoggerFactory::getILoggerFactory);
  }

  /**
   * Maps give their memory back where they are closed. Otherwise a thread would that lasts as long
   * as the process, and bears no name from which one could tell whose it is.
   */
  private static void releaseAtOnce() throws ReflectiveOperationException {
    ClassLoader loader = ChronicleRuntime.class.getClassLoader();
    String type = "net.openhft.chronicle.core.io.BackgroundResourceReleaser";
    withProperty(RELEASER, "false", () -> Class.forName(type, true, loader));
  }

  /** Starts something that reads a property once; if the property is set already, it stays. */
  private static void withProperty(String name, String value, Step start)
      throws ReflectiveOperationException {
    boolean unset = System.getProperty(name) == null;
    if (unset) {
      System.setProperty(name, value);
    }
    try {
      start.run();
    } finally {
      if (unset) {
        System.clearProperty(name);
      }
    }
  }

  private static void redirectMessages() {
    System.Logger logger = System.getLogger("dev.quarry.index.chronicle");
    ExceptionHandler handler =
        (type, message, thrown) -> logger.log(System.Logger.Level.DEBUG, message, thrown);
    Jvm.setExceptionHandlers(handler, handler, handler);
  }

  /**
   * Makes the compiled-in-advance class the implementation of Chronicle's value interface. Its
   * model is normally built together with a Java compiler; here it is made without, and the table
   * of models is put behind one that knows it.
   */
  private static void shipGeneratedClass() throws ReflectiveOperationException {
    Class<?> modelType = Class.forName("net.openhft.chronicle.values.ValueModel");
    Object model = withoutConstructor(modelType);
    Field nativeClass = modelType.getDeclaredField("nativeClass");
    nativeClass.setAccessible(true);
    nativeClass.set(model, ChronicleState.Native.class);
    Field models = modelType.getDeclaredField("classValueModel");
    models.setAccessible(true);
    ClassValue<?> original = (ClassValue<?>) models.get(null);
    ClassValue<Object> replacement =
        new ClassValue<>() {
          @Override
          protected Object computeValue(Class<?> type) {
            return type == VanillaGlobalMutableState.class ? model : original.get(type);
          }
        };
    UnsafeApi.putReferenceVolatile(
        UnsafeApi.staticFieldBase(models), UnsafeApi.staticFieldOffset(models), replacement);
  }

  private static Object withoutConstructor(Class<?> type) throws ReflectiveOperationException {
    Class<?> factoryType = Class.forName("sun.reflect.ReflectionFactory");
    Object factory = factoryType.getMethod("getReflectionFactory").invoke(null);
    Constructor<?> constructor =
        (Constructor<?>)
            factoryType
                .getMethod("newConstructorForSerialization", Class.class, Constructor.class)
                .invoke(factory, type, Object.class.getDeclaredConstructor());
    return constructor.newInstance();
  }
}
