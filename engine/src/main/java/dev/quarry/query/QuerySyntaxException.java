package dev.quarry.query;

import dev.quarry.TaskStoreException;
import java.util.Map;

/** A query's text cannot be read; names the column (from 1) and what to write instead. */
public class QuerySyntaxException extends TaskStoreException {
  private static final long serialVersionUID = 1L;

  /** A message with its column. */
  public QuerySyntaxException(String message, int column) {
    super(message + " at column " + column, Map.of(), null);
    this.column = column;
  }

  private final int column;

  /** Where, from 1. */
  public int column() {
    return column;
  }
}
