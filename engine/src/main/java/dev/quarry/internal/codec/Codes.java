package dev.quarry.internal.codec;

import dev.quarry.Link;
import dev.quarry.Priority;
import dev.quarry.Status;

/**
 * The bytes that stand for the constants of enums on disk. A code never changes its meaning; a new
 * constant takes a new code. Codes rise in the order of declaration, because ordered keys hold
 * them.
 */
public final class Codes {
  private Codes() {}

  /** The code of a status or priority. */
  public static int of(Enum<?> constant) {
    if (constant instanceof Status status) {
      return of(status);
    }
    if (constant instanceof Priority priority) {
      return of(priority);
    }
    throw new IllegalArgumentException("no code for " + constant.getDeclaringClass().getName());
  }

  /** The code. */
  public static int of(Status status) {
    return switch (status) {
      case TODO -> 1;
      case IN_PROGRESS -> 2;
      case BLOCKED -> 3;
      case DONE -> 4;
      case FAILED -> 5;
      case CANCELLED -> 6;
    };
  }

  /** The status with this code, or null. */
  public static Status status(int code) {
    return switch (code) {
      case 1 -> Status.TODO;
      case 2 -> Status.IN_PROGRESS;
      case 3 -> Status.BLOCKED;
      case 4 -> Status.DONE;
      case 5 -> Status.FAILED;
      case 6 -> Status.CANCELLED;
      default -> null;
    };
  }

  /** The code. */
  public static int of(Priority priority) {
    return switch (priority) {
      case LOW -> 1;
      case MEDIUM -> 2;
      case HIGH -> 3;
      case CRITICAL -> 4;
    };
  }

  /** The priority with this code, or null. */
  public static Priority priority(int code) {
    return switch (code) {
      case 1 -> Priority.LOW;
      case 2 -> Priority.MEDIUM;
      case 3 -> Priority.HIGH;
      case 4 -> Priority.CRITICAL;
      default -> null;
    };
  }

  /** The code. */
  public static int of(Link.Type type) {
    return switch (type) {
      case PARENT -> 1;
      case RELATED -> 2;
      case DUPLICATES -> 3;
      case SUPERSEDES -> 4;
    };
  }

  /** The type of link with this code, or null. */
  public static Link.Type linkType(int code) {
    return switch (code) {
      case 1 -> Link.Type.PARENT;
      case 2 -> Link.Type.RELATED;
      case 3 -> Link.Type.DUPLICATES;
      case 4 -> Link.Type.SUPERSEDES;
      default -> null;
    };
  }
}
