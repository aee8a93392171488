package dev.quarry.internal.lifecycle;

/** Throws in one place what went wrong in another: another thread, or an earlier step. */
public final class Failures {
  private Failures() {}

  /** Throws {@code cause} as it came; nothing where it is null. */
  public static void throwIfAny(Throwable cause) {
    if (cause != null) {
      throw again(cause);
    }
  }

  /** Throws {@code cause} as it came, also a checked exception; returns nothing. */
  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  static <X extends Throwable> RuntimeException again(Throwable cause) throws X {
    throw (X) cause;
  }
}
