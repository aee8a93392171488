package dev.quarry.tools.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quarry.Priority;
import dev.quarry.Status;
import dev.quarry.Task;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FormatTest {
  @Test
  void canonicalJson() {
    Task task =
        Task.builder("a", "T\u00fc\u0001")
            .status(Status.DONE)
            .priority(Priority.LOW)
            .createdAt(Instant.parse("2026-01-01T00:00:00Z"))
            .updatedAt(Instant.parse("2026-01-01T00:00:00.5Z"))
            .tag("x")
            .estimatedHours(2.5)
            .attribute("b", "2")
            .attribute("a", "1")
            .version(7)
            .build();
    String json =
        "{\"id\":\"a\",\"title\":\"T\u00fc\\u0001\",\"status\":\"DONE\",\"priority\":\"LOW\","
            + "\"created_at\":\"2026-01-01T00:00:00Z\",\"updated_at\":\"2026-01-01T00:00:00.500Z\","
            + "\"tags\":[\"x\"],\"estimated_hours\":2.5,\"attributes\":{\"a\":\"1\",\"b\":\"2\"}}";
    assertThat(TaskJson.toText(task)).isEqualTo(json);
    assertThat(TaskJson.read(json)).isEqualTo(task);
    assertThatThrownBy(() -> TaskJson.read("{\"id\":\"a\",\"title\":\"\",\"x\":1}"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> TaskJson.read("[]")).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void repeatedKeysLoseNothing() {
    assertThat(Json.toText(Json.parse("{\"a\":1,\"a\":2,\"b\":1.50}")))
        .isEqualTo("{\"a\":2,\"a#2\":1,\"b\":1.50}");
  }

  @Test
  void aKeyThatIsRepeatedOftenIsPutInFewLooks() {
    int times = 5_000;
    AtomicLong looks = new AtomicLong();
    Map<String, Object> map =
        new LinkedHashMap<>() {
          private static final long serialVersionUID = 1L;

          @Override
          public boolean containsKey(Object key) {
            looks.incrementAndGet();
            return super.containsKey(key);
          }
        };
    for (int i = 1; i <= times; i++) {
      Json.put(map, "a", i);
    }
    assertThat(map).hasSize(times).containsEntry("a", times);
    for (int i = 2; i <= times; i++) {
      assertThat(map.get("a#" + i)).isEqualTo(i - 1);
    }
    assertThat(looks.get()).isLessThan(30L * times);
  }

  @Test
  void numbersThatAFileTakesFirstAreLeftOut() {
    Map<String, Object> map = new LinkedHashMap<>();
    for (long n = 1; n != 0; n *= 2) {
      map.put("a#" + (int) n, "its own");
      map.put("a#" + n, "its own");
    }
    int before = map.size();
    for (int i = 0; i < 100; i++) {
      map.put("a#" + (before + 2 + i), "its own");
    }
    before = map.size();
    for (int i = 0; i <= 500; i++) {
      Json.put(map, "a", i);
    }
    assertThat(map).hasSize(before + 501).containsEntry("a", 500);
    assertThat(map.values().stream().filter("its own"::equals)).hasSize(before);
    assertThat(map.values().stream().distinct()).hasSize(502);
  }

  @Test
  void checklists() {
    String body =
        "- [ ] one\n  * [x] two\n```\n- [ ] code\n```\n1. [X] three\r\n- [y] no\n- [ ]\n-[ ] no";
    ChecklistItems items = ChecklistItems.parse(body);
    assertThat(items.total()).isEqualTo(4);
    assertThat(items.done()).isEqualTo(2);
    assertThat(items.items())
        .extracting(ChecklistItems.Item::text)
        .containsExactly("one", "two", "three", "");
    Task task = Task.builder("a", "A").description(body).build();
    Task checked = ChecklistItems.set(task, 1, true);
    assertThat(checked.description()).isEqualTo("- [x]" + body.substring(5));
    assertThat(ChecklistItems.set(checked, 1, false)).isEqualTo(task);
    assertThat(ChecklistItems.set(task, 2, true)).isSameAs(task);
    assertThatThrownBy(() -> ChecklistItems.set(task, 5, true))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("no checklist item 5; the task has 4");
    Task described = task.toBuilder().description("short").attribute("body", body).build();
    assertThat(ChecklistItems.set(described, 3, false).attributes().get("body"))
        .contains("1. [ ] three");
    assertThat(ChecklistItems.parse(null).total()).isZero();
  }

  @ParameterizedTest
  @CsvSource({
    "2025-07-17, 2025-07-17T00:00:00Z",
    "2026-04-25 12:14, 2026-04-25T12:14:00Z",
    "2025-07-23T04:14:55.836795+00:00, 2025-07-23T04:14:55.836795Z",
    "2025-12-21T12:58:38.210008-08:00, 2025-12-21T20:58:38.210008Z",
    "2025-12-21t12:58:38+0530, 2025-12-21T07:28:38Z",
    "20141018T050231Z, 2014-10-18T05:02:31Z",
    "20141018, 2014-10-18T00:00:00Z",
    "1721700000, 2024-07-23T02:00:00Z",
    "1721700000123, 2024-07-23T02:00:00.123Z",
    "04/May/26 9:12 AM, 2026-05-04T09:12:00Z",
    "'Tue, 3 Jun 2008 11:05:30 GMT', 2008-06-03T11:05:30Z",
    "2026/5/4, 2026-05-04T00:00:00Z",
  })
  void times(String text, String instant) {
    assertThat(Times.parse(text, ZoneOffset.UTC).map(Times.Parsed::instant))
        .contains(Instant.parse(instant));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "soon", "2026-13-01", "2026-02-30", "25:00", "12", "01.02.2026", "1/2"})
  void noTimes(String text) {
    assertThat(Times.parse(text, ZoneOffset.UTC)).isEqualTo(Optional.empty());
  }

  @Test
  void zones() {
    assertThat(Times.parse("2026-07-01", ZoneId.of("Europe/Berlin")).map(Times.Parsed::instant))
        .contains(Instant.parse("2026-06-30T22:00:00Z"));
  }

  @ParameterizedTest(name = "{0} in {1}")
  @CsvSource({
    // clocks go forward: what they leave out is as much later
    "2026-03-29 01:59:59, Europe/Berlin, 2026-03-29T00:59:59Z",
    "2026-03-29 02:30, Europe/Berlin, 2026-03-29T01:30:00Z",
    "2026-10-04 02:15, Australia/Lord_Howe, 2026-10-03T15:45:00Z",
    "2018-11-04, America/Sao_Paulo, 2018-11-04T03:00:00Z",
    "2011-12-30, Pacific/Apia, 2011-12-30T10:00:00Z",
    // they go back: the first of both, unless the offset says which
    "2026-10-25 02:30, Europe/Berlin, 2026-10-25T00:30:00Z",
    "2026-10-25 02:30 +01:00, Europe/Berlin, 2026-10-25T01:30:00Z",
    "2026-04-05 01:45, Australia/Lord_Howe, 2026-04-04T14:45:00Z",
    "2024-02-29, UTC, 2024-02-29T00:00:00Z",
    "1970-01-01T00:00:00Z, Europe/Berlin, 1970-01-01T00:00:00Z",
    "2038-01-19T03:14:08.000001Z, UTC, 2038-01-19T03:14:08.000001Z",
    "9999-12-31T23:59:59.999999Z, UTC, 9999-12-31T23:59:59.999999Z"
  })
  void gapsAndOverlaps(String text, String zone, String expected) {
    assertThat(Times.parse(text, ZoneId.of(zone)).map(Times.Parsed::instant))
        .contains(Instant.parse(expected));
  }

  @ParameterizedTest
  @ValueSource(strings = {"2023-02-29", "1900-02-29", "2026-02-30 10:00", "2026-12-31 24:00"})
  void daysThatThereAreNot(String text) {
    assertThat(Times.parse(text, ZoneOffset.UTC)).isEmpty();
  }
}
