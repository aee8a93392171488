package dev.quarry.index;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Constructor;
import java.util.List;
import java.util.Set;

/**
 * Opens to the off-heap libraries what the Java platform keeps closed by default, so that no flag
 * has to be given on the command line: the equivalent of {@code --add-opens} and {@code
 * --enable-native-access}, done from inside before the first use.
 *
 * <p>It rests on the serialization constructor of {@code sun.reflect.ReflectionFactory} (module
 * {@code jdk.unsupported}), which yields a trusted {@link MethodHandles.Lookup} without {@code
 * sun.misc.Unsafe}. Where a platform forbids that, the flags are required.
 */
final class JvmAccess {
  /** Packages of java.base: Agrona needs the first, Chronicle the others. */
  static final List<String> PACKAGES =
      List.of(
          "jdk.internal.misc",
          "jdk.internal.ref",
          "java.lang",
          "java.lang.reflect",
          "java.nio",
          "sun.nio.ch");

  private JvmAccess() {}

  /** Opens the packages to the modules; throws one exception that lists the flags to add. */
  static void open(Set<Module> modules) {
    Throwable refused = null;
    try {
      MethodHandles.Lookup trusted = trustedLookup();
      openPackages(trusted, modules);
      enableNativeAccess(trusted, modules);
      silenceUnsafeNotice(trusted);
    } catch (Throwable e) {
      refused = e;
    }
    Module base = Object.class.getModule();
    StringBuilder missing = new StringBuilder();
    for (Module module : modules) {
      for (String name : PACKAGES) {
        if (base.getDescriptor().packages().contains(name) && !base.isOpen(name, module)) {
          String to = module.isNamed() ? module.getName() : "ALL-UNNAMED";
          missing.append(" --add-opens=java.base/").append(name).append('=').append(to);
        }
      }
    }
    if (!missing.isEmpty()) {
      throw new IllegalStateException(
          "This Java runtime does not let the index reach off-heap memory. Start it with:"
              + missing,
          refused);
    }
  }

  private static MethodHandles.Lookup trustedLookup() throws ReflectiveOperationException {
    Class<?> factoryType = Class.forName("sun.reflect.ReflectionFactory");
    Object factory = factoryType.getMethod("getReflectionFactory").invoke(null);
    Constructor<?> constructor =
        (Constructor<?>)
            factoryType
                .getMethod("newConstructorForSerialization", Class.class, Constructor.class)
                .invoke(
                    factory,
                    MethodHandles.Lookup.class,
                    MethodHandles.Lookup.class.getDeclaredConstructor(
                        Class.class, Class.class, int.class));
    int trusted = -1;
    return (MethodHandles.Lookup) constructor.newInstance(Object.class, null, trusted);
  }

  private static void openPackages(MethodHandles.Lookup trusted, Set<Module> modules)
      throws Throwable {
    MethodHandle addOpens =
        trusted.findVirtual(
            Module.class,
            "implAddOpens",
            MethodType.methodType(void.class, String.class, Module.class));
    Module base = Object.class.getModule();
    for (Module module : modules) {
      for (String name : PACKAGES) {
        if (base.getDescriptor().packages().contains(name)) {
          addOpens.invoke(base, name, module);
        }
      }
    }
  }

  /** From release 24 on the platform prints a notice for native access that is not enabled. */
  private static void enableNativeAccess(MethodHandles.Lookup trusted, Set<Module> modules)
      throws Throwable {
    if (Runtime.version().feature() < 22) {
      return;
    }
    trusted
        .findStatic(
            Module.class,
            "implAddEnableNativeAccessToAllUnnamed",
            MethodType.methodType(void.class))
        .invoke();
    MethodHandle enable =
        trusted.findVirtual(
            Module.class, "implAddEnableNativeAccess", MethodType.methodType(Module.class));
    for (Module module : modules) {
      if (module.isNamed()) {
        enable.invoke(module);
      }
    }
  }

  /** From release 24 on the first memory access of sun.misc.Unsafe prints a notice, once. */
  private static void silenceUnsafeNotice(MethodHandles.Lookup trusted) throws Throwable {
    Class<?> unsafe = Class.forName("sun.misc.Unsafe");
    try {
      trusted.findStaticSetter(unsafe, "memoryAccessWarned", boolean.class).invoke(true);
    } catch (NoSuchFieldException olderRelease) {
      // nothing is printed then
    }
  }
}
