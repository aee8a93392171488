package dev.quarry.query;

import dev.quarry.Campaign;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/**
 * Texts that are no query, or just so: a {@link QuerySyntaxException} that names a column of the
 * text, or a query whose text form reads back as the same query.
 */
class HostileQueryTextTest {
  private static final InstantSource CLOCK =
      InstantSource.fixed(Instant.parse("2024-02-29T23:59:59.999999Z"));
  private static final List<String> WORDS =
      List.of(
          "status",
          "=",
          "TODO",
          "and",
          "or",
          "not",
          "(",
          ")",
          "priority",
          ">=",
          "HIGH",
          "tags",
          "contains",
          "has",
          "due",
          "<",
          "now",
          "today",
          "+1d",
          "-3w",
          "order",
          "by",
          "desc",
          "asc",
          "limit",
          "20",
          ",",
          "in",
          "is",
          "null",
          "starts",
          "with",
          "attr.team",
          "attr.",
          "'",
          "\"",
          "\\",
          "\u0000",
          "\ud83d\ude00",
          "\ud800",
          "id",
          "estimated",
          "1e308",
          "NaN",
          "-0.0",
          "2024-02-30",
          "2024-02-29T25:00",
          "0000-00-00",
          "+999999999-12-31T23:59:59Z",
          "9223372036854775808",
          "true",
          "false",
          "!=",
          "<>",
          "==",
          "created",
          "agent",
          ".5",
          "--",
          "\u0130",
          "\u0131",
          "now-99999999999d",
          "today+9999999w",
          "'a'",
          "'it\\'s'",
          "\t",
          "\n");

  private static String input(SplittableRandom random) {
    StringBuilder text = new StringBuilder();
    int kind = random.nextInt(10);
    if (kind < 4) {
      text.append(new RandomConditions(random.nextLong()).query());
      for (int k = random.nextInt(4); k > 0 && text.length() > 0; k--) {
        change(text, random);
      }
    } else if (kind < 9) {
      for (int k = random.nextInt(30); k > 0; k--) {
        text.append(WORDS.get(random.nextInt(WORDS.size())));
        text.append(random.nextInt(8) == 0 ? "" : " ");
      }
    } else {
      String word = WORDS.get(random.nextInt(WORDS.size())) + (random.nextBoolean() ? " " : "");
      int most = random.nextInt(20) == 0 ? 110_000 : 3_000; // also longer than is allowed
      text.append(word.repeat(1 + random.nextInt(most) / word.length()));
    }
    return text.toString();
  }

  private static void change(StringBuilder text, SplittableRandom random) {
    int at = random.nextInt(text.length());
    switch (random.nextInt(4)) {
      case 0 -> text.deleteCharAt(at);
      case 1 -> text.setCharAt(at, (char) random.nextInt(random.nextBoolean() ? 128 : 65_536));
      case 2 -> text.insert(at, WORDS.get(random.nextInt(WORDS.size())));
      default -> text.setLength(at + 1);
    }
  }

  private static void parse(String text) {
    Query query;
    try {
      query = Query.parse(text, CLOCK);
    } catch (QuerySyntaxException e) {
      if (e.getMessage().isBlank() || e.column() < 1 || e.column() > text.length() + 1) {
        throw new AssertionError("column " + e.column() + " of " + text.length(), e);
      }
      return;
    }
    String again = query.toString();
    if (!Query.parse(again, CLOCK).equals(query)) {
      throw new AssertionError("reads back as another query: " + again);
    }
  }

  @Test
  void hostileTextsAreRefusedOrReadBack() throws Exception {
    new Campaign<String>(
            HostileQueryTextTest::input,
            text -> 2 * text.length(),
            text -> text.replace("\u0000", "<NUL>"))
        .bytesPerByte(4_000)
        .run(72, 30_000, HostileQueryTextTest::parse);
  }
}
