package dev.quarry.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The table of addresses, held against a plain map. */
final class DirectoryTest {
  private static final int SLOT_BYTES = 16;

  @BeforeEach
  void prepare() {
    PostingIndexes.prepareJvm();
  }

  private static void check(Directory directory, Map<Long, Long> model) {
    Map<Long, Long> found = new HashMap<>();
    directory.forEach(
        (key, address) -> assertThat(found.put(key, address)).as("%d twice", key).isNull());
    assertThat(found).isEqualTo(model);
    assertThat(directory.live()).isEqualTo(model.size());
    model.forEach(
        (key, address) -> {
          if (directory.find(key) != address) {
            throw new AssertionError("key " + key + " has " + directory.find(key));
          }
        });
  }

  @Test
  void random_changes_give_what_a_map_gives() {
    Random random = new Random(1);
    Directory directory = new Directory(10);
    Map<Long, Long> model = new HashMap<>();
    for (int i = 0; i < 6_000; i++) {
      long key = 1L + random.nextInt(i < 3_000 ? 300 : 3_000);
      key = random.nextBoolean() ? key << 40 : -key;
      if (random.nextInt(3) == 0) {
        directory.remove(key);
        model.remove(key);
      } else {
        directory.put(key, 1L + i);
        model.put(key, 1L + i);
      }
      assertThat(directory.find(key)).isEqualTo(model.getOrDefault(key, 0L));
      if (i % 200 == 0) {
        check(directory, model);
      }
    }
    check(directory, model);
    for (long key : model.keySet()) {
      directory.remove(key);
    }
    check(directory, Map.of());
  }

  @Test
  void absent_keys_give_their_room_back_when_the_table_is_full() {
    Directory directory = new Directory(10);
    long bytes = directory.bytes();
    for (long key = 1; key < 10_000; key++) {
      directory.put(key, key);
      directory.remove(key);
    }
    assertThat(directory.bytes()).isEqualTo(bytes);
    directory.remove(-1); // of which there is no slot
    assertThat(directory.live()).isZero();
    directory.put(7, 7);
    assertThat(directory.find(7)).isEqualTo(7);
  }

  @Test
  void a_table_grows_when_six_of_ten_slots_are_used() {
    Directory directory = new Directory(10);
    assertThat(directory.bytes()).isEqualTo(64 * SLOT_BYTES);
    for (long key = 1; key <= 38; key++) {
      directory.put(key, key);
    }
    assertThat(directory.bytes()).isEqualTo(64 * SLOT_BYTES);
    directory.put(1, 100); // a key that is there needs no room
    directory.put(39, 39);
    assertThat(directory.bytes()).isEqualTo(128 * SLOT_BYTES);
    for (long key = 40; key <= 76; key++) {
      directory.put(key, key);
    }
    assertThat(directory.bytes()).isEqualTo(128 * SLOT_BYTES);
    directory.put(77, 77);
    assertThat(directory.bytes()).isEqualTo(256 * SLOT_BYTES);
    assertThat(directory.live()).isEqualTo(77);
    assertThat(directory.find(1)).isEqualTo(100);
  }

  @Test
  void room_is_made_for_what_is_expected() {
    assertThat(new Directory(32).bytes()).isEqualTo(64 * SLOT_BYTES);
    assertThat(new Directory(33).bytes()).isEqualTo(128 * SLOT_BYTES);
    assertThat(new Directory(1_024).bytes()).isEqualTo(2_048 * SLOT_BYTES);
    assertThatThrownBy(() -> new Directory(40_000_000)).isInstanceOf(IllegalStateException.class);
  }
}
