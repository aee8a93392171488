package dev.quarry.tools.format;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** Names of fields in task files, and titles made from texts. */
public final class SourceNames {
  /** Front matter key: length of the body, where several documents stand in one file. */
  public static final String BODY_CHARS = "body_chars";

  private static final int DERIVED_TITLE_CHARS = 120;

  private SourceNames() {}

  /** A name in lower case, only its letters and digits: {@code Due-Date} is {@code duedate}. */
  public static String plain(String name) {
    StringBuilder out = new StringBuilder(name.length());
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      if (Character.isLetterOrDigit(c)) {
        out.append(c);
      }
    }
    return out.toString().toLowerCase(Locale.ROOT);
  }

  /** Whether an import of Markdown may take a name for a field of the task. */
  public static boolean isMarkdownField(String name) {
    String plain = plain(name);
    return name.equals(BODY_CHARS)
        || Arrays.stream(Slot.values()).anyMatch(slot -> slot.names().contains(plain));
  }

  /** The first line of a Markdown text that says something, without its marks, not too long. */
  public static String firstLine(String text, String otherwise) {
    Optional<String> line =
        text == null
            ? Optional.empty()
            : text.lines()
                .map(l -> l.strip().replaceFirst("^#+\\s+", ""))
                .filter(l -> !l.isEmpty())
                .findFirst();
    if (line.isEmpty()) {
      return otherwise;
    }
    String l = line.get();
    return l.length() <= DERIVED_TITLE_CHARS
        ? l
        : l.substring(0, l.offsetByCodePoints(0, DERIVED_TITLE_CHARS / 2)) + "\u2026";
  }
}
