package dev.quarry;

/** Throws checked exceptions where none is declared, as other languages of the JVM do. */
public final class Stealth {
  private Stealth() {}

  /** Throws it as it is; never returns. */
  public static RuntimeException raise(Throwable cause) {
    return Stealth.<RuntimeException>unchecked(cause);
  }

  @SuppressWarnings("unchecked")
  private static <X extends Throwable> RuntimeException unchecked(Throwable cause) throws X {
    throw (X) cause;
  }
}
