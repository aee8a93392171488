package dev.quarry.tools.importing;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Reader;

/**
 * Cuts a table into the texts of its records, so that a wrong record does not spoil those behind
 * it. A quote opens only at the beginning of a field. Where it is never closed, the record's first
 * line is given up and the next line begins a new record. Lines end as {@link Utf8Reader} counts
 * them.
 */
final class CsvRecords {
  private enum State {
    BEGIN,
    PLAIN,
    QUOTED,
    CLOSING
  }

  private final BufferedReader reader;
  private final char separator;
  private final int maxChars;
  private final StringBuilder text = new StringBuilder();
  private String again = "";
  private int at;
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
      nextLine += isReturn || (c == '\n' && before != '\r') ? 1 : 0;
      before = c;
      text.append((char) c);
      state = follow(state, c);
      if (text.length() > maxChars) {
        giveUp(state == State.QUOTED ? "a quote is not closed" : "longer than " + maxChars);
        return true;
      }
    }
    if (state == State.QUOTED) {
      giveUp("a quote is not closed");
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
    problem = why;
    int end = 0;
    while (end < text.length() && !isLineEnd(text.charAt(end))) {
      end++;
    }
    int c;
    if (end < text.length()) {
      c = text.charAt(end);
      again = text.substring(end + 1) + again.substring(at);
      at = 0;
    } else {
      do {
        c = read();
      } while (c >= 0 && !isLineEnd(c));
    }
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
      return again.charAt(at++);
    }
    again = "";
    at = 0;
    return reader.read();
  }

  private void skipLineFeed() throws IOException {
    if (at < again.length()) {
      at += again.charAt(at) == '\n' ? 1 : 0;
      return;
    }
    reader.mark(1);
    if (reader.read() != '\n') {
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
