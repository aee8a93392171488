package dev.quarry.internal.index;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class IdKeysTest {
  @ParameterizedTest
  @ValueSource(
      strings = {"TASK-0000001", "TASK-1", "bd-a1b2", "7", "007", "a", "x/y.z_1", "QUA-99999999"})
  void usual_ids_fit_whole(String id) {
    assertThat(IdKeys.isWhole(IdKeys.of(id))).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "123e4567-e89b-12d3-a456-426614174000",
        "a b",
        "\u00e4-1",
        "zzzzzzzzzzzz",
        "A-99999999999999999999"
      })
  void other_ids_are_hashed(String id) {
    assertThat(IdKeys.isWhole(IdKeys.of(id))).isFalse();
  }

  /** Short ids of a small alphabet, where a mistake in the digits or lengths would soon collide. */
  @Test
  void whole_keys_are_of_one_id_each() {
    String alphabet = "01a9-Z";
    Map<Long, String> seen = new HashMap<>();
    for (int length = 1; length <= 6; length++) {
      int count = (int) Math.pow(alphabet.length(), length);
      for (int n = 0; n < count; n++) {
        StringBuilder id = new StringBuilder();
        for (int rest = n, i = 0; i < length; i++, rest /= alphabet.length()) {
          id.append(alphabet.charAt(rest % alphabet.length()));
        }
        claim(seen, id.toString());
      }
    }
    assertThat(seen).hasSizeGreaterThan(50_000);
  }

  @Test
  void whole_keys_at_the_limit_are_of_one_id_each() {
    Random random = new Random(11);
    String alphabet = "09azAZ-_./";
    Map<Long, String> seen = new HashMap<>();
    for (int i = 0; i < 300_000; i++) {
      StringBuilder id = new StringBuilder();
      int prefix = random.nextInt(11);
      int digits = prefix == 0 ? 1 + random.nextInt(18) : random.nextInt(18);
      for (int k = 0; k < prefix; k++) {
        id.append(alphabet.charAt(random.nextInt(alphabet.length())));
      }
      for (int k = 0; k < digits; k++) {
        id.append((char) ('0' + random.nextInt(10)));
      }
      claim(seen, id.toString());
    }
    assertThat(seen).as("seed 11").hasSizeGreaterThan(50_000);
  }

  /** The rule itself, in numbers without bounds. */
  @Test
  void an_id_fits_whole_exactly_where_its_number_has_59_bits() {
    Random random = new Random(12);
    String alphabet = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./";
    int whole = 0;
    for (int i = 0; i < 200_000; i++) {
      StringBuilder id = new StringBuilder();
      for (int k = random.nextInt(13); k > 0; k--) {
        id.append(alphabet.charAt(random.nextInt(alphabet.length())));
      }
      for (int k = random.nextInt(17); k > 0; k--) {
        id.append((char) ('0' + random.nextInt(10)));
      }
      if (id.isEmpty()) {
        continue;
      }
      int digits = 0;
      while (digits < Math.min(15, id.length())
          && Character.isDigit(id.charAt(id.length() - 1 - digits))) {
        digits++;
      }
      int start = id.length() - digits;
      BigInteger number = BigInteger.ZERO;
      for (int k = 0; k < start; k++) {
        number =
            number
                .multiply(BigInteger.valueOf(67))
                .add(BigInteger.valueOf(1 + alphabet.indexOf(id.charAt(k))));
      }
      BigInteger end = digits == 0 ? BigInteger.ZERO : new BigInteger(id.substring(start));
      number = number.multiply(BigInteger.TEN.pow(digits)).add(end);
      long key = IdKeys.of(id.toString());
      assertThat(IdKeys.isWhole(key)).as("seed 12, %s", id).isEqualTo(number.bitLength() <= 59);
      if (IdKeys.isWhole(key)) {
        whole++;
        assertThat(key).as("%s", id).isEqualTo(((long) digits << 59) | number.longValueExact());
      }
    }
    assertThat(whole).isBetween(20_000, 180_000);
  }

  private static void claim(Map<Long, String> seen, String id) {
    long key = IdKeys.of(id);
    assertThat(IdKeys.of(id)).isEqualTo(key);
    if (IdKeys.isWhole(key)) {
      String other = seen.putIfAbsent(key, id);
      assertThat(other == null || other.equals(id)).as("%s and %s", id, other).isTrue();
      assertThat(IdKeys.id(key)).isEqualTo(id);
    }
  }
}
