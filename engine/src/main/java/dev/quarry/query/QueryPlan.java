package dev.quarry.query;

/**
 * How a query was answered; {@code toString} gives one line for people.
 *
 * @param access what drives the query
 * @param index name of the driving index or posting lists, empty for a full scan
 * @param estimatedRows tasks expected to satisfy the indexed conditions
 * @param examinedRows candidates looked at
 * @param returnedRows tasks returned (the first page of 20, or up to the query's limit)
 * @param sort how the order was made
 * @param residual conditions checked on the record itself, as text; empty for none
 * @param nanos time taken
 */
public record QueryPlan(
    Access access,
    String index,
    long estimatedRows,
    long examinedRows,
    long returnedRows,
    Sort sort,
    String residual,
    long nanos) {
  /** What drives a query. */
  public enum Access {
    /** All records, by ordinal. */
    FULL_SCAN,
    /** Posting lists, by ordinal. */
    POSTINGS,
    /** An ordered index, walked in its order. */
    ORDERED_INDEX,
    /** The id family. */
    ID_RANGE
  }

  /** How the order is made. */
  public enum Sort {
    /** The access delivers it. */
    NONE,
    /** The best rows are kept in a bounded heap. */
    HEAP
  }
}
