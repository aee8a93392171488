package dev.quarry.tools.render;

/** Colours for terminals; without colour every method returns its text. Immutable. */
public final class Style {
  private static final String RESET = "\u001b[0m";

  private final boolean colour;

  /** With or without colour. */
  public Style(boolean colour) {
    this.colour = colour;
  }

  /** Bold. */
  public String bold(String text) {
    return wrap("1", text);
  }

  /** Less important. */
  public String dim(String text) {
    return wrap("2", text);
  }

  /** Wrong or urgent. */
  public String red(String text) {
    return wrap("31", text);
  }

  /** Right or done. */
  public String green(String text) {
    return wrap("32", text);
  }

  /** Worth a look. */
  public String yellow(String text) {
    return wrap("33", text);
  }

  /** At work. */
  public String cyan(String text) {
    return wrap("36", text);
  }

  /** Colours a padded cell by the word in it: statuses, priorities, states. */
  public String cell(String word, String padded) {
    if (!colour) {
      return padded;
    }
    return switch (word) {
      case "DONE", "READABLE" -> green(padded);
      case "FAILED", "CRITICAL" -> red(padded);
      case "BLOCKED", "HIGH", "WRITE_ONLY" -> yellow(padded);
      case "IN_PROGRESS" -> cyan(padded);
      case "CANCELLED", "LOW" -> dim(padded);
      default -> padded;
    };
  }

  private String wrap(String code, String text) {
    return colour ? "\u001b[" + code + "m" + text + RESET : text;
  }
}
