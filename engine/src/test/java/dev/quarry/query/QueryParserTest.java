package dev.quarry.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.fail;

import dev.quarry.Priority;
import dev.quarry.Seeds;
import dev.quarry.Status;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The text form of queries. */
class QueryParserTest {
  /** What random texts are made of. */
  private static final List<String> PIECES =
      List.of(
          "(",
          ")",
          ",",
          "=",
          "<",
          ">=",
          "!=",
          "<>",
          "'",
          "\"",
          "not",
          "and",
          "or",
          "in",
          "is",
          "null",
          "status",
          "tags",
          "due",
          "estimated",
          "attr.",
          "attr.x",
          "order",
          "by",
          "limit",
          "TODO",
          "now",
          "now-999999999w",
          "1e999",
          "-",
          "+",
          "[",
          "\ud83d",
          "\ude00",
          "\u0000",
          "starts",
          "with",
          "contains",
          "has",
          "99999999999",
          "desc",
          "true",
          "false",
          "2026-12-31",
          "T10:00",
          "\u0130");

  private static final InstantSource CLOCK =
      InstantSource.fixed(Instant.parse("2026-11-21T13:14:15.123456789Z"));

  private static Condition condition(String text) {
    return Query.parse(text, CLOCK).condition();
  }

  private static QuerySyntaxException error(String text) {
    QuerySyntaxException e =
        catchThrowableOfType(QuerySyntaxException.class, () -> Query.parse(text, CLOCK));
    assertThat(e).as("error of %s", text).isNotNull();
    return e;
  }

  @Test
  void readsTheExample() {
    Query want =
        Query.where(
                TaskFields.STATUS.is(Status.TODO).and(TaskFields.PRIORITY.atLeast(Priority.HIGH)))
            .orderBy(TaskFields.PRIORITY.descending(), TaskFields.CREATED_AT.ascending())
            .limit(20);
    assertThat(
            Query.parse(
                "status = TODO and priority >= HIGH order by priority desc, created limit 20"))
        .isEqualTo(want);
    assertThat(
            Query.parse(
                "Status==todo AND prio>='high' ORDER BY PRIORITY DESC,created_at ASC LIMIT 20"))
        .isEqualTo(want);
  }

  @Test
  void readsEveryForm() {
    TextField agent = TaskFields.AGENT;
    TagsField tags = TaskFields.TAGS;
    assertThat(condition("")).isEqualTo(Query.all().condition());
    assertThat(condition("status = in-progress"))
        .isEqualTo(TaskFields.STATUS.is(Status.IN_PROGRESS));
    assertThat(condition("status in (in_progress, 'Blocked')"))
        .isEqualTo(TaskFields.STATUS.in(Status.IN_PROGRESS, Status.BLOCKED));
    assertThat(condition("agent <> a")).isEqualTo(agent.isNot("a"));
    assertThat(condition("agent != \"it's \"\"x\"\"\"")).isEqualTo(agent.isNot("it's \"x\""));
    assertThat(condition("agent = 'it''s'")).isEqualTo(agent.is("it's"));
    assertThat(condition("agent not in (a, b)")).isEqualTo(agent.in("a", "b").not());
    assertThat(condition("agent in ()")).isEqualTo(agent.in());
    assertThat(condition("agent is null")).isEqualTo(agent.isNull());
    assertThat(condition("agent is not null")).isEqualTo(agent.isNotNull());
    assertThat(condition("agent starts with bot-")).isEqualTo(agent.startsWith("bot-"));
    assertThat(condition("tag = x")).isEqualTo(tags.contains("x"));
    assertThat(condition("tags != x")).isEqualTo(tags.contains("x").not());
    assertThat(condition("tags contains x")).isEqualTo(tags.contains("x"));
    assertThat(condition("tags has x")).isEqualTo(tags.contains("x"));
    assertThat(condition("has x or contains y"))
        .isEqualTo(tags.contains("x").or(tags.contains("y")));
    assertThat(condition("tag in (a, b)")).isEqualTo(tags.containsAny("a", "b"));
    assertThat(condition("attr.team = x")).isEqualTo(TaskFields.attribute("team").is("x"));
    assertThat(condition("attr.'my team' = x")).isEqualTo(TaskFields.attribute("my team").is("x"));
    assertThat(condition("estimated_hours >= 2.5"))
        .isEqualTo(TaskFields.ESTIMATED_HOURS.atLeast(2.5));
    assertThat(condition("actual<-1e3")).isEqualTo(TaskFields.ACTUAL_HOURS.lessThan(-1000));
    assertThat(condition("not (agent = a or agent = b) and agent = c"))
        .isEqualTo(agent.is("a").or(agent.is("b")).not().and(agent.is("c")));
    assertThat(condition("agent = a or agent = b and agent = c"))
        .isEqualTo(agent.is("a").or(agent.is("b").and(agent.is("c"))));
    assertThat(condition("true")).isEqualTo(new Condition.And(List.of()));
    assertThat(condition("false")).isEqualTo(new Condition.Or(List.of()));
    assertThat(Query.parse("limit 3")).isEqualTo(Query.all().limit(3));
    assertThat(condition("agent = order")).isEqualTo(agent.is("order"));
  }

  @ParameterizedTest
  @CsvSource({
    "2026-12-31, 2026-12-31T00:00:00Z",
    "2026-12-31T10:00, 2026-12-31T10:00:00Z",
    "2026-12-31t10:00:01.5, 2026-12-31T10:00:01.500Z",
    "2026-12-31T10:00Z, 2026-12-31T10:00:00Z",
    "2026-12-31T10:00+01:00, 2026-12-31T09:00:00Z",
    "2026-12-31T10:00-0130, 2026-12-31T11:30:00Z",
    "2026-12-31T10:00+02, 2026-12-31T08:00:00Z",
    "2026-12-31T10:00:00.000000001+00:00, 2026-12-31T10:00:00.000000001Z",
    "2026-07-31T10:00+02:00[Europe/Berlin], 2026-07-31T08:00:00Z",
    "2026-12-31 10:00, 2026-12-31T10:00:00Z",
    "+12026-12-31T10:00:00Z, +12026-12-31T10:00:00Z",
    "now, 2026-11-21T13:14:15.123456789Z",
    "NOW-7d, 2026-11-14T13:14:15.123456789Z",
    "now+90s, 2026-11-21T13:15:45.123456789Z",
    "now-15m, 2026-11-21T12:59:15.123456789Z",
    "now-1h, 2026-11-21T12:14:15.123456789Z",
    "today, 2026-11-21T00:00:00Z",
    "today+2w, 2026-12-05T00:00:00Z",
    "tomorrow, 2026-11-22T00:00:00Z",
    "yesterday, 2026-11-20T00:00:00Z",
  })
  void readsTimes(String text, String want) {
    Condition expected = TaskFields.DUE_AT.before(Instant.parse(want));
    assertThat(condition("due < '" + text + "'")).isEqualTo(expected);
    if (QueryLexer.isBare(text)) {
      assertThat(condition("due_date<" + text)).isEqualTo(expected);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "2026-02-30",
        "2026-13-01",
        "31.12.2026",
        "2026-12-31T25:00",
        "now-7",
        "now-7y",
        "soon",
        "''",
        "now+999999999w+1d",
        "+9999999999-01-01T00:00:00Z",
        "2026-12-31T10:00+01:00[No/Where]"
      })
  void refusesWhatIsNoTime(String text) {
    String quoted = text.startsWith("'") ? text : "'" + text + "'";
    assertThat(error("due < " + quoted))
        .hasMessageContaining("is not a time at column 7; write 2026-12-31, 2026-12-31T10:00");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "statsu = TODO | unknown field `statsu` at column 1; did you mean `status`?",
        "prioriy = LOW | unknown field `prioriy` at column 1; did you mean `priority`?",
        "agent = a and xyzzyx = b | unknown field `xyzzyx` at column 15; known are id, status,"
            + " priority, project, agent, assignee, tags, created, updated, due, completed,"
            + " estimated, actual and attr.NAME",
        "title = x | unknown field `title` at column 1; texts and dependencies cannot be queried",
        "status = TODOO | unknown status `TODOO` at column 10; known are TODO, IN_PROGRESS,"
            + " BLOCKED, DONE, FAILED, CANCELLED",
        "agent = 'x | unclosed quote at column 9",
        "(agent = x | unclosed parenthesis at column 1",
        "agent in (x, y | unclosed parenthesis at column 10",
        "agent = x y | unexpected `y` at column 11; expected `and`, `or`, `order by`, `limit` or"
            + " the end",
        "agent | unexpected end at column 6; expected =, !=, <, <=, >, >=, `in`, `is null`,"
            + " `starts with` or `contains`",
        "agent ~~ x | unexpected character `~` at column 7; texts with such stand in quotes",
        "agent = | unexpected end at column 8; expected a value of agent",
        "agent = null | unexpected `null` at column 9; write `is null`, or 'null' in quotes",
        "tags < x | tags have no order at column 6; they know =, !=, `in` and `contains`",
        "estimated = many | `many` is not a number at column 13; write it as 8 or 2.5",
        "limit 0 | `0` is not a limit at column 7; write a whole number from 1 on",
        "limit | the end is not a limit at column 6; write a whole number from 1 on",
        "order by tags | results cannot be ordered by tags at column 10",
        "attr. = x | an attribute without a name at column 1; write attr.NAME or attr.'any name'",
        "due starts with x | due has no prefixes at column 5",
        "agent contains x | only tags know `contains` at column 7; texts know `starts with`",
      })
  void namesColumnAndRemedy(String text, String want) {
    assertThat(error(text)).hasMessage(want);
  }

  @Test
  void limitsAreEnforced() {
    assertThat(error("(".repeat(201) + "true" + ")".repeat(201)))
        .hasMessage("a query is nested deeper than 200 levels at column 201");
    assertThat(condition("(".repeat(200) + "true" + ")".repeat(200))).isNotNull();
    assertThat(error("not ".repeat(20_000) + "true")).hasMessageContaining("nested deeper");
    assertThat(error(" ".repeat(QueryParser.MAX_CHARS + 1))).hasMessageContaining("characters");
    assertThat(error("id in (" + "1,".repeat(10_000) + "1)")).hasMessageContaining("10000 values");
    assertThat(condition("id in (" + "1,".repeat(9_999) + "1)")).isNotNull();
    assertThat(error("order by id" + ", id".repeat(8))).hasMessageContaining("at most 8 fields");
  }

  @Test
  void theLocaleOfTheMachineDoesNotMatter() {
    Locale before = Locale.getDefault();
    try {
      Locale.setDefault(Locale.forLanguageTag("tr-TR"));
      assertThat(condition("PRIORITY = critical AND ID in (x) and status = 'in progress'"))
          .isEqualTo(
              new Condition.And(
                  List.of(
                      TaskFields.PRIORITY.is(Priority.CRITICAL),
                      TaskFields.ID.in("x"),
                      TaskFields.STATUS.is(Status.IN_PROGRESS))));
      assertThat(Query.parse("ID IS NULL LIMIT 1").toString()).isEqualTo("id is null limit 1");
      assertThat(error("pıiority = x")).hasMessageContaining("did you mean `priority`?");
    } finally {
      Locale.setDefault(before);
    }
  }

  @Seeds({81, 82, 83, 84})
  void theTextFormReadsBack(long seed) {
    RandomConditions random = new RandomConditions(seed);
    for (int i = 0; i < 4_000; i++) {
      Query query = random.query();
      String text = query.toString();
      Query back = Query.parse(text);
      assertThat(back).as(text).isEqualTo(query);
      assertThat(back.toString()).isEqualTo(text);
    }
  }

  @Seeds({91, 92, 93})
  void randomTextsAreReadOrRefused(long seed) {
    Random random = new Random(seed);
    RandomConditions conditions = new RandomConditions(seed);
    int read = 0;
    for (int i = 0; i < 15_000; i++) {
      StringBuilder text = new StringBuilder();
      if (random.nextBoolean()) {
        text.append(conditions.query());
        for (int k = random.nextInt(3); k >= 0 && !text.isEmpty(); k--) {
          int where = random.nextInt(text.length());
          if (random.nextBoolean()) {
            text.deleteCharAt(where);
          } else {
            text.insert(where, PIECES.get(random.nextInt(PIECES.size())));
          }
        }
      } else {
        for (int k = random.nextInt(20); k > 0; k--) {
          text.append(PIECES.get(random.nextInt(PIECES.size())))
              .append(random.nextInt(3) > 0 ? " " : "");
        }
      }
      try {
        Query query = Query.parse(text.toString(), CLOCK);
        assertThat(Query.parse(query.toString())).isEqualTo(query);
        read++;
      } catch (QuerySyntaxException e) {
        assertThat(e.column()).isBetween(1, text.length() + 1);
      } catch (RuntimeException | Error e) {
        fail("wrong exception for " + text, e);
      }
    }
    assertThat(read).isBetween(500, 14_500);
  }
}
