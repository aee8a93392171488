package dev.quarry.internal.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class KeyOrderTest {
  private final KeyOrder order = new KeyOrder();

  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Entry(int number, int family, byte[] key) {}

  @Test
  void ordersAsASortOfListsThatKeepsEqualKeysInTheirOrder() {
    Random random = new Random(41);
    for (int round = 0; round < 300; round++) {
      int count = random.nextInt(round < 100 ? 30 : 400);
      List<Entry> entries = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        entries.add(new Entry(i, random.nextInt(3), key(random)));
      }
      if (round % 3 == 0) { // much of a commit is in order already
        entries.sort(byFamilyAndKey());
        entries = renumbered(entries);
      }
      assertThat(ordered(entries)).as("round %s", round).isEqualTo(expected(entries));
    }
  }

  /** Short ones, which meet, and long ones that differ behind their sixteenth byte only. */
  private static byte[] key(Random random) {
    if (random.nextBoolean()) {
      byte[] key = new byte[random.nextInt(3)];
      for (int i = 0; i < key.length; i++) {
        key[i] = (byte) (random.nextInt(3) * 127);
      }
      return key;
    }
    byte[] key = new byte[14 + random.nextInt(12)];
    Arrays.fill(key, (byte) 0x80);
    key[random.nextInt(key.length)] = (byte) random.nextInt(256);
    return key;
  }

  private static List<Entry> renumbered(List<Entry> entries) {
    List<Entry> again = new ArrayList<>();
    for (Entry entry : entries) {
      again.add(new Entry(again.size(), entry.family(), entry.key()));
    }
    return again;
  }

  private static Comparator<Entry> byFamilyAndKey() {
    return Comparator.comparingInt(Entry::family)
        .thenComparing(Entry::key, Arrays::compareUnsigned);
  }

  private static List<Integer> expected(List<Entry> entries) {
    return entries.stream().sorted(byFamilyAndKey()).map(Entry::number).toList();
  }

  private List<Integer> ordered(List<Entry> entries) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    int[] families = new int[entries.size()];
    int[] starts = new int[entries.size()];
    int[] lengths = new int[entries.size()];
    for (Entry entry : entries) {
      families[entry.number()] = entry.family();
      starts[entry.number()] = bytes.size();
      lengths[entry.number()] = entry.key().length;
      bytes.writeBytes(entry.key());
      bytes.write(0xAB); // what follows a key is its value, and must not count
    }
    int[] sorted = order.of(families, bytes.toByteArray(), starts, lengths, entries.size());
    return Arrays.stream(sorted).limit(entries.size()).boxed().toList();
  }
}
