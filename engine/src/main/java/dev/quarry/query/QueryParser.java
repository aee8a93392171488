package dev.quarry.query;

/** Reads the text form of queries. */
final class QueryParser {
  private QueryParser() {}

  static Query parse(String text) {
    throw new QuerySyntaxException("under construction: " + text, 1);
  }
}
