package dev.quarry.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Which figures of peers there are, and what they are called in tables. */
final class PeerTable {
  private static final Map<String, String> COLUMNS = columns();

  private PeerTable() {}

  private static Map<String, String> columns() {
    Map<String, String> names = new LinkedHashMap<>();
    names.put("load", "load, per task");
    names.put("insert", "insert, one");
    names.put("insert_batch", "insert, in 1,000s");
    names.put("get_hot", "get, of 1,000 hot");
    names.put("get_uniform", "get, uniform");
    names.put("get_zipf", "get, Zipf");
    names.put("status", "status update, one");
    names.put("status_batch", "status update, in 1,000s");
    names.put("q1", "Q1");
    names.put("q2", "Q2");
    names.put("count_by", "countBy(status)");
    names.put("scan", "scan, per task");
    names.put("reopen", "reopen and first get");
    names.put("disk", "disk");
    names.put("resident_after_load", "resident after load");
    names.put("peak_at_end", "peak resident");
    return names;
  }

  /** The figures that any peer in the results has, in the order of the tables. */
  static List<String> figures(PeerResults results) {
    List<String> present = new ArrayList<>();
    for (String figure : COLUMNS.keySet()) {
      boolean any =
          results.sizes().stream()
              .anyMatch(
                  n ->
                      results.peers().stream()
                          .anyMatch(p -> results.figure(n, p, figure).isPresent()));
      if (any) {
        present.add(figure);
      }
    }
    return present;
  }

  /** What a figure is called. */
  static String title(String figure) {
    return COLUMNS.getOrDefault(figure, figure);
  }
}
