package dev.quarry.internal.codec;

/** What UTF-8 can hold. */
public final class Unicode {
  private Unicode() {}

  /**
   * Refuses unpaired surrogates, which no file holds without loss.
   *
   * @throws IllegalArgumentException saying what has one, and where
   */
  public static void check(String what, String text) {
    int codePoint;
    for (int i = 0; i < text.length(); i += Character.charCount(codePoint)) {
      codePoint = text.codePointAt(i);
      if (codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE) {
        throw new IllegalArgumentException(
            what + " must be valid Unicode, but has an unpaired surrogate at position " + i);
      }
    }
  }
}
