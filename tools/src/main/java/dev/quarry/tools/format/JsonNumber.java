package dev.quarry.tools.format;

/**
 * A number in a JSON tree, as it was written, so that no digit is lost.
 *
 * @param text the number's text
 */
public record JsonNumber(String text) {
  @Override
  public String toString() {
    return text;
  }
}
