package dev.quarry.internal.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Batches leave what a map holds that takes their writes one after the other. */
class StorageBatchTest {
  private static final StorageOptions OPTIONS = new StorageOptions(1 << 20, 1 << 20, true);

  @TempDir Path directory;

  private final Map<Family, NavigableMap<byte[], byte[]>> model = new EnumMap<>(Family.class);
  private final Random random = new Random(43);

  private byte[] key() {
    byte[] key = new byte[1 + random.nextInt(random.nextInt(8) == 0 ? 300 : 20)];
    key[key.length - 1] = (byte) random.nextInt(256);
    key[random.nextInt(key.length)] ^= (byte) random.nextInt(4);
    return key;
  }

  private byte[] value() {
    byte[] value = new byte[random.nextInt(random.nextInt(20) == 0 ? 20_000 : 200)];
    random.nextBytes(value);
    return value;
  }

  private void addOne(StorageBatch batch, boolean ranges) {
    Family family = Family.values()[random.nextInt(Family.values().length)];
    NavigableMap<byte[], byte[]> map = model.get(family);
    byte[] key = map.isEmpty() || random.nextBoolean() ? key() : present(map);
    int kind = random.nextInt(ranges ? 20 : 19);
    if (kind < 12) {
      byte[] value = value();
      batch.put(family, key, value);
      map.put(key, value);
    } else if (kind < 19) {
      batch.delete(family, key);
      map.remove(key);
    } else {
      byte[] other = key();
      boolean rising = Arrays.compareUnsigned(key, other) <= 0;
      byte[] from = rising ? key : other;
      byte[] to = rising ? other : key;
      batch.deleteRange(family, from, to);
      map.subMap(from, to).clear();
    }
  }

  private byte[] present(NavigableMap<byte[], byte[]> map) {
    byte[] near = map.ceilingKey(key());
    return near == null ? map.firstKey() : near;
  }

  @Test
  void writesOfOneKeyTakeEffectInTheirOrder() throws IOException {
    Path data = directory.resolve("data");
    Files.createDirectories(data);
    for (Family family : Family.values()) {
      model.put(family, new TreeMap<>(Arrays::compareUnsigned));
    }
    try (Storage storage = Storage.open(data, OPTIONS);
        StorageBatch batch = storage.newBatch()) {
      for (int round = 0; round < 200; round++) {
        batch.clear();
        int writes = random.nextInt(round % 10 == 0 ? 2_000 : 40);
        for (int i = 0; i < writes; i++) {
          addOne(batch, round % 4 == 0);
        }
        storage.write(batch, false);
      }
      model.forEach((family, map) -> assertHolds(storage, family, map));
    }
  }

  private static void assertHolds(
      Storage storage, Family family, NavigableMap<byte[], byte[]> expected) {
    NavigableMap<byte[], byte[]> found = new TreeMap<>(Arrays::compareUnsigned);
    try (StorageIterator it = storage.iterate(family, null, null, null)) {
      for (it.first(); it.isValid(); it.next()) {
        found.put(it.key(), it.value());
      }
    }
    assertThat(found.keySet()).as(family.familyName()).containsExactlyElementsOf(expected.keySet());
    found.forEach(
        (key, value) -> assertThat(value).as(family.familyName()).isEqualTo(expected.get(key)));
  }
}
