package dev.quarry.tools.serving;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a stream of changes stands, as the id of an event. That of the first change of a commit is
 * the commit's sequence; of the k-th one, where a commit has several, sequence, point and k. With
 * {@code .end} it stands for the whole commit and all before it.
 *
 * @param sequence the commit
 * @param changes how many of the commit's changes were sent; {@link #ALL} for all
 */
record EventId(long sequence, int changes) {
  static final int ALL = Integer.MAX_VALUE;

  private static final Pattern FORM = Pattern.compile("(\\d{1,18})(?:\\.(end|[1-9]\\d{0,8}))?");

  /** Behind a whole commit. */
  static EventId behind(long sequence) {
    return new EventId(sequence, ALL);
  }

  /** Reads an id as it was sent; null where it is none. */
  static EventId parse(String text) {
    Matcher form = FORM.matcher(text);
    if (!form.matches()) {
      return null;
    }
    long sequence = Long.parseLong(form.group(1));
    String rest = form.group(2);
    if (rest != null && rest.equals("end")) {
      return behind(sequence);
    }
    return sequence == 0 ? null : new EventId(sequence, rest == null ? 1 : Integer.parseInt(rest));
  }

  /** The sequence to watch from: what follows it was not sent, or not all of it. */
  long from() {
    return changes == ALL ? sequence : sequence - 1;
  }

  @Override
  public String toString() {
    if (changes == ALL) {
      return sequence + ".end";
    }
    return changes == 1 ? Long.toString(sequence) : sequence + "." + changes;
  }
}
