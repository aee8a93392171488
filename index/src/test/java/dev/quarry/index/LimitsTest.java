package dev.quarry.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What an index accepts, at its borders. */
final class LimitsTest {
  private static void taken(ThrowingCallable call) {
    assertThatCode(call).doesNotThrowAnyException();
  }

  private static void refused(ThrowingCallable call, String message) {
    assertThatThrownBy(call)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }

  @Test
  void terms() {
    byte[] none = new byte[0];
    taken(() -> Limits.checkTerm(0, none));
    taken(() -> Limits.checkTerm(65_535, new byte[32_768]));
    refused(() -> Limits.checkTerm(-1, none), "0..65535");
    refused(() -> Limits.checkTerm(65_536, none), "0..65535");
    refused(() -> Limits.checkTerm(0, new byte[32_769]), "32768 bytes");
    assertThatThrownBy(() -> Limits.checkTerm(0, null)).isInstanceOf(NullPointerException.class);
  }

  @Test
  void ordinals() {
    long last = (1L << 40) - 1;
    taken(() -> Limits.checkOrdinal(0));
    taken(() -> Limits.checkOrdinal(last));
    refused(() -> Limits.checkOrdinal(-1), "0.." + last);
    refused(() -> Limits.checkOrdinal(last + 1), "0.." + last);
  }

  @Test
  void columns() {
    int[] widths = {1, 2, 4, 8};
    int[] kept = Limits.checkWidths(widths);
    assertThat(kept).isEqualTo(widths).isNotSameAs(widths);
    assertThat(Limits.checkWidths(new int[0])).isEmpty();
    taken(() -> Limits.checkColumns(widths, 4));
    refused(() -> Limits.checkColumns(widths, 3), "number of columns");
    refused(() -> Limits.checkColumns(widths, 5), "number of columns");
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 0, 3, 5, 6, 7, 9, 16})
  void no_other_widths(int width) {
    refused(() -> Limits.checkWidths(new int[] {8, width}), "1, 2, 4 or 8");
  }

  @Test
  void a_key_column_is_one_of_eight_bytes_or_none() {
    int[] widths = {8, 4, 8};
    for (int column : new int[] {-1, 0, 2}) {
      assertThat(Limits.checkKeyColumn(column, widths)).isEqualTo(column);
    }
    for (int column : new int[] {-2, 1, 3}) {
      refused(() -> Limits.checkKeyColumn(column, widths), "but is " + column);
    }
    refused(() -> Limits.checkKeyColumn(0, new int[] {4, 8}), "but is 0");
    assertThat(Limits.checkKeyColumn(-1, new int[0])).isEqualTo(-1);
  }

  @ParameterizedTest
  @CsvSource({
    "1, 127, 127",
    "1, 128, -128",
    "1, -129, 127",
    "1, 300, 44",
    "2, 32767, 32767",
    "2, 32768, -32768",
    "2, -32769, 32767",
    "4, 2147483647, 2147483647",
    "4, 2147483648, -2147483648",
    "4, -2147483649, 2147483647",
    "8, 9223372036854775807, 9223372036854775807",
    "8, -9223372036854775808, -9223372036854775808"
  })
  void a_column_gives_back_what_it_has_room_for(int width, long value, long expected) {
    assertThat(Limits.fit(value, width)).isEqualTo(expected);
  }
}
