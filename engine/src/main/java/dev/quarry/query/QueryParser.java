package dev.quarry.query;

/** Reads the text form of queries. */
final class QueryParser {
  private QueryParser() {}

  static Query parse(String text) {
    if (text.isEmpty()) {
      return Query.all();
    }
    throw new QuerySyntaxException("under construction", 1);
  }
}
