package dev.quarry.query;

import dev.quarry.TaskStoreException;
import java.util.Map;

/** A query's text cannot be read; names the column (from 1) and what to write instead. */
public class QuerySyntaxException extends TaskStoreException {
  private static final long serialVersionUID = 1L;

  private final int column;

  /** A message with its column. */
  public QuerySyntaxException(String message, int column) {
    this(message, column, "");
  }

  /** A message with its column, and what to write instead: empty, or put behind a semicolon. */
  public QuerySyntaxException(String message, int column, String hint) {
    super(message + " at column " + column + (hint.isEmpty() ? "" : "; " + hint), Map.of(), null);
    this.column = column;
  }

  /** Where, from 1, in characters. */
  public int column() {
    return column;
  }
}
