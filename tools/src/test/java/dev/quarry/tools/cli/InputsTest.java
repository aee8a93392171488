package dev.quarry.tools.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quarry.Priority;
import dev.quarry.Status;
import java.time.Instant;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class InputsTest {
  private static final Instant NOW = Instant.parse("2026-11-20T23:15:00Z");

  @ParameterizedTest
  @CsvSource({
    "2026-12-01,2026-12-01T00:00:00Z",
    "2026-12-01T10:30,2026-12-01T10:30:00Z",
    "2026-12-01T10:30:05Z,2026-12-01T10:30:05Z",
    "2026-12-01T10:30:05+01:00,2026-12-01T09:30:05Z",
    "2026-12-01T10:30+0100,2026-12-01T09:30:00Z",
    "2026-12-01T10:30-05,2026-12-01T15:30:00Z",
    "2026-12-01T10:30[Europe/Berlin],2026-12-01T09:30:00Z",
    // a gap of an hour and one of half an hour, the moment before and the moment behind them
    "2026-03-29T01:59:59.999999[Europe/Berlin],2026-03-29T00:59:59.999999Z",
    "2026-03-29T02:00[Europe/Berlin],2026-03-29T01:00:00Z",
    "2026-03-29T02:30[Europe/Berlin],2026-03-29T01:30:00Z",
    "2026-03-29T03:00[Europe/Berlin],2026-03-29T01:00:00Z",
    "2026-10-04T01:59:59[Australia/Lord_Howe],2026-10-03T15:29:59Z",
    "2026-10-04T02:15[Australia/Lord_Howe],2026-10-03T15:45:00Z",
    "2026-10-04T02:30[Australia/Lord_Howe],2026-10-03T15:30:00Z",
    // overlaps: the first of both, unless the offset says which
    "2026-10-25T02:30[Europe/Berlin],2026-10-25T00:30:00Z",
    "2026-10-25T02:30+02:00[Europe/Berlin],2026-10-25T00:30:00Z",
    "2026-10-25T02:30+01:00[Europe/Berlin],2026-10-25T01:30:00Z",
    "2026-04-05T01:45[Australia/Lord_Howe],2026-04-04T14:45:00Z",
    "2026-04-05T01:45+10:30[Australia/Lord_Howe],2026-04-04T15:15:00Z",
    "2024-02-29,2024-02-29T00:00:00Z",
    "2000-02-29T00:00:00.000001Z,2000-02-29T00:00:00.000001Z",
    "1970-01-01,1970-01-01T00:00:00Z",
    "1969-12-31T23:59:59.999999Z,1969-12-31T23:59:59.999999Z",
    "2038-01-19T03:14:08Z,2038-01-19T03:14:08Z",
    "9999-12-31T23:59:59.999999Z,9999-12-31T23:59:59.999999Z",
    "now,2026-11-20T23:15:00Z",
    "today,2026-11-20T00:00:00Z",
    "+3d,2026-11-23T23:15:00Z",
    "-12h,2026-11-20T11:15:00Z",
    "+1w,2026-11-27T23:15:00Z"
  })
  void readsTimes(String text, String expected) {
    assertThat(Inputs.time("--due", text, NOW)).isEqualTo(Instant.parse(expected));
  }

  @ParameterizedTest
  @CsvSource({
    "tomorrow",
    "2026-13-01",
    "2026-12-01T25:00",
    "12.01.2026",
    "''",
    "2023-02-29",
    "1900-02-29",
    "2023-02-29T00:00Z",
    "2026-12-01T24:00",
    "2026-12-01T10:00[Europe/Nowhere]",
    "2026-12-01T10:00+25:00",
    "10000-01-01",
    "99999999999-01-01"
  })
  void refusesOtherTimes(String text) {
    assertThatThrownBy(() -> Inputs.time("--due", text, NOW))
        .isInstanceOf(CliException.class)
        .hasMessageContaining("--due must be a time");
  }

  @ParameterizedTest
  @CsvSource({"2,2", "0.5,0.5", ".5,0.5", "5.,5", "+1,1", "1e2,100", "0,0"})
  void readsHours(String text, double expected) {
    assertThat(Inputs.hours("--estimated", text)).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"5d", "5f", "5D", "0x1p3", "NaN", "Infinity", "-1", "", " 1", "1e999", "e5", "."})
  void refusesOtherHours(String text) {
    assertThatThrownBy(() -> Inputs.hours("--estimated", text))
        .isInstanceOf(CliException.class)
        .hasMessage(
            "--estimated must be a number of hours such as 2 or 0.5, but is `" + text + "`");
  }

  @Test
  void readsConstantsInEveryLocale() {
    Locale before = Locale.getDefault();
    try {
      Locale.setDefault(Locale.forLanguageTag("tr-TR"));
      assertThat(Inputs.status("in-progress")).isEqualTo(Status.IN_PROGRESS);
      assertThat(Inputs.status("failed")).isEqualTo(Status.FAILED);
      assertThat(Inputs.priority("critical")).isEqualTo(Priority.CRITICAL);
      assertThat(Inputs.priority("HIGH")).isEqualTo(Priority.HIGH);
    } finally {
      Locale.setDefault(before);
    }
  }

  @Test
  void findsTheNearestWord() {
    assertThat(Words.nearest("statsu", CommandTable.names())).isEqualTo("stats");
    assertThat(Words.nearest("nosuch", CommandTable.names())).isNull();
    assertThat(Words.distance("ab", "ba")).isEqualTo(1);
    assertThat(Words.distance("", "abc")).isEqualTo(3);
  }
}
