package dev.quarry.bench;

/** A store gave an answer that is not what a look at every task says; no time counts then. */
public final class WrongAnswerException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** An exception with this message. */
  public WrongAnswerException(String message) {
    super(message);
  }

  /** An exception with this message and cause. */
  public WrongAnswerException(String message, Throwable cause) {
    super(message, cause);
  }
}
