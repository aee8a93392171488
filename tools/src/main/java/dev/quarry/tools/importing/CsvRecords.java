package dev.quarry.tools.importing;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Reader;

/**
 * Cuts a table into the texts of its records, so that a wrong record does not spoil those behind
 * it. A quote opens only at the beginning of a field. Where it is never closed, the record's first
 * line is given up and the next line begins a new record. Lines end as {@link Utf8Reader} counts
 * them.
 *
 * <p>What is given up is read twice at most. Its quote was open at each of its line ends; a later
 * quote that is open at one of these goes on as that one did, so it is given up there and then.
 */
final class CsvRecords {
  private enum State {
    BEGIN,
    PLAIN,
    QUOTED,
    CLOSING
  }

  private static final String UNCLOSED = "a quote is not closed";

  private final BufferedReader reader;
  private final char separator;
  private final int maxChars;
  private final StringBuilder text = new StringBuilder();
  private String again = "";
  private int at;

  /** Characters that were taken, and up to where a quote was open that was given up. */
  private long taken;

  private long givenUpTo;
  private long nextLine = 1;
  private long line;
  private long endLine;
  private String problem;

  CsvRecords(Reader reader, char separator, int maxChars) {
    this.reader = new BufferedReader(reader);
    this.separator = separator;
    this.maxChars = maxChars;
  }

  /** Moves to the next record that is not an empty line; false at the end. */
  boolean next() throws IOException {
    text.setLength(0);
    problem = null;
    line = nextLine;
    State state = State.BEGIN;
    int before = 0;
    for (int c = read(); c >= 0; c = read()) {
      boolean isReturn = c == '\r';
      if ((c == '\n' || isReturn) && state != State.QUOTED) {
        if (isReturn) {
          skipLineFeed();
        }
        nextLine++;
        if (text.length() > 0) {
          endLine = nextLine - 1;
          return true;
        }
        line = nextLine;
        continue;
      }
      if ((c == '\n' || isReturn) && taken <= givenUpTo) {
        giveUpLine(UNCLOSED, c);
        return true;
      }
      nextLine += isReturn || (c == '\n' && before != '\r') ? 1 : 0;
      before = c;
      text.append((char) c);
      state = follow(state, c);
      if (text.length() > maxChars) {
        giveUp(state == State.QUOTED ? UNCLOSED : "longer than " + maxChars);
        return true;
      }
    }
    if (state == State.QUOTED) {
      giveUp(UNCLOSED);
      return true;
    }
    endLine = nextLine;
    return text.length() > 0;
  }

  private State follow(State state, int c) {
    return switch (state) {
      case BEGIN -> c == '"' ? State.QUOTED : c == separator ? State.BEGIN : State.PLAIN;
      case PLAIN -> c == separator ? State.BEGIN : State.PLAIN;
      case QUOTED -> c == '"' ? State.CLOSING : State.QUOTED;
      case CLOSING -> c == '"' ? State.QUOTED : c == separator ? State.BEGIN : State.PLAIN;
    };
  }

  private void giveUp(String why) throws IOException {
    int end = 0;
    while (end < text.length() && !isLineEnd(text.charAt(end))) {
      end++;
    }
    int c;
    if (end < text.length()) {
      c = text.charAt(end);
      givenUpTo = taken;
      taken -= text.length() - (end + 1);
      again = text.substring(end + 1) + again.substring(at);
      at = 0;
    } else {
      do {
        c = read();
      } while (c >= 0 && !isLineEnd(c));
    }
    giveUpLine(why, c);
  }

  /** Gives up the record's first line, of which all is taken, with {@code c} as its end. */
  private void giveUpLine(String why, int c) throws IOException {
    problem = why;
    if (c == '\r') {
      skipLineFeed();
    }
    nextLine = line + 1;
    endLine = line;
  }

  private static boolean isLineEnd(int c) {
    return c == '\n' || c == '\r';
  }

  private int read() throws IOException {
    if (at < again.length()) {
      taken++;
      return again.charAt(at++);
    }
    again = "";
    at = 0;
    int c = reader.read();
    taken += c < 0 ? 0 : 1;
    return c;
  }

  private void skipLineFeed() throws IOException {
    if (at < again.length()) {
      int skipped = again.charAt(at) == '\n' ? 1 : 0;
      at += skipped;
      taken += skipped;
      return;
    }
    reader.mark(1);
    if (reader.read() == '\n') {
      taken++;
    } else {
      reader.reset();
    }
  }

  /** The text of the record, without line end. */
  String text() {
    return text.toString();
  }

  /** The line that it begins on, from 1. */
  long line() {
    return line;
  }

  /** The line that it ends on. */
  long endLine() {
    return endLine;
  }

  /** What is wrong with it, or null. */
  String problem() {
    return problem;
  }
}
