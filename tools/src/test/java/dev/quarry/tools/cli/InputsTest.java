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

final class InputsTest {
  private static final Instant NOW = Instant.parse("2026-11-20T23:15:00Z");

  @ParameterizedTest
  @CsvSource({
    "2026-12-01,2026-12-01T00:00:00Z",
    "2026-12-01T10:30,2026-12-01T10:30:00Z",
    "2026-12-01T10:30:05Z,2026-12-01T10:30:05Z",
    "2026-12-01T10:30:05+01:00,2026-12-01T09:30:05Z",
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
  @CsvSource({"tomorrow", "2026-13-01", "2026-12-01T25:00", "12.01.2026", "''"})
  void refusesOtherTimes(String text) {
    assertThatThrownBy(() -> Inputs.time("--due", text, NOW))
        .isInstanceOf(CliException.class)
        .hasMessageContaining("--due must be a time");
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
