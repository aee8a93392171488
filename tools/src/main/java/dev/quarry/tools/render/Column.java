package dev.quarry.tools.render;

import java.util.Locale;

/**
 * A column of rows.
 *
 * @param name its name in JSON, CSV and the like
 * @param heading what stands above it in a table
 * @param right whether a table aligns it to the right
 */
public record Column(String name, String heading, boolean right) {
  /** A column of text, headed by its name in capitals. */
  public static Column text(String name) {
    return new Column(name, name.toUpperCase(Locale.ROOT).replace('_', ' '), false);
  }

  /** A column of numbers, headed by its name in capitals. */
  public static Column number(String name) {
    return new Column(name, name.toUpperCase(Locale.ROOT).replace('_', ' '), true);
  }
}
