package dev.quarry.query;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Finds fields by what people call them, and the nearest when there is none. */
final class QueryNames {
  private static final Map<String, Field<?>> FIELDS = fields();
  private static final Set<String> TEXTS = Set.of("title", "description", "notes", "dependencies");
  private static final int LONGEST = 40;

  private QueryNames() {}

  private static Map<String, Field<?>> fields() {
    Map<String, Field<?>> fields = new HashMap<>();
    for (Field<?> field : TaskFields.all()) {
      fields.put(field.name(), field);
    }
    fields.put("tag", TaskFields.TAGS);
    fields.put("prio", TaskFields.PRIORITY);
    fields.put("due_date", TaskFields.DUE_AT);
    for (Field<?> time :
        List.of(
            TaskFields.CREATED_AT,
            TaskFields.UPDATED_AT,
            TaskFields.DUE_AT,
            TaskFields.COMPLETED_AT)) {
      fields.put(time.name() + "_at", time);
    }
    fields.put("estimated_hours", TaskFields.ESTIMATED_HOURS);
    fields.put("actual_hours", TaskFields.ACTUAL_HOURS);
    return Map.copyOf(fields);
  }

  /** The field of this name or alias in any case, attributes apart; or null. */
  static Field<?> field(String name) {
    // lower case of a long word can cost the square of its length
    return name.length() > LONGEST ? null : FIELDS.get(QueryLexer.lower(name));
  }

  static QuerySyntaxException unknownField(String name, int column) {
    String word = name.length() > LONGEST ? name : QueryLexer.lower(name);
    String hint;
    String nearest = nearest(word);
    if (TEXTS.contains(word)) {
      hint = "texts and dependencies cannot be queried";
    } else if (nearest != null) {
      hint = "did you mean `" + nearest + "`?";
    } else {
      hint =
          TaskFields.all().stream()
              .map(Field::name)
              .collect(Collectors.joining(", ", "known are ", " and attr.NAME"));
    }
    return new QuerySyntaxException("unknown field " + QueryLexer.quote(name), column, hint);
  }

  private static String nearest(String word) {
    if (word.length() > LONGEST) {
      return null;
    }
    int least = 1 + Math.min(2, word.length() / 2);
    String nearest = null;
    List<String> names = new ArrayList<>();
    TaskFields.all().forEach(field -> names.add(field.name()));
    FIELDS.keySet().stream().sorted().forEach(names::add);
    for (String name : names) {
      int distance = distance(word, name);
      if (distance < least) {
        least = distance;
        nearest = name;
      }
    }
    return nearest;
  }

  /** Insertions, deletions, replacements and swaps of neighbours (optimal string alignment). */
  static int distance(String a, String b) {
    int[][] d = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        if (i == 0 || j == 0) {
          d[i][j] = i + j;
          continue;
        }
        int other = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
        d[i][j] = Math.min(d[i - 1][j - 1] + other, Math.min(d[i - 1][j] + 1, d[i][j - 1] + 1));
        if (i > 1
            && j > 1
            && a.charAt(i - 1) == b.charAt(j - 2)
            && a.charAt(i - 2) == b.charAt(j - 1)) {
          d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
        }
      }
    }
    return d[a.length()][b.length()];
  }
}
