package dev.quarry.tools.watching;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Which files have a task. */
class HoldersTest {
  private final Holders holders = new Holders();

  @Test
  void theyAreAsSetsWouldBe() {
    SplittableRandom random = new SplittableRandom(11);
    Map<String, Set<Path>> sets = new HashMap<>();
    for (int i = 0; i < 20_000; i++) {
      String id = "T-" + random.nextInt(50);
      Path file = Path.of("f" + random.nextInt(4));
      Set<Path> set = sets.computeIfAbsent(id, x -> new HashSet<>());
      if (random.nextBoolean()) {
        set.add(file);
        holders.add(id, file);
      } else {
        set.remove(file);
        holders.remove(id, file);
      }
      assertThat(holders.of(id)).isEqualTo(set);
      assertThat(holders.has(id)).isEqualTo(!set.isEmpty());
    }
  }

  /** To look at each file for each task took 40,000,000,000 steps here. */
  @Test
  @Timeout(120)
  void aTaskCostsNoLookAtTheFilesOfOthers() {
    int many = 200_000;
    for (int i = 0; i < many; i++) {
      holders.add("T-" + i, Path.of("f" + i));
      holders.add("shared", Path.of("f" + i));
    }
    for (int i = 0; i < many; i++) {
      assertThat(holders.of("T-" + i).iterator().next()).isEqualTo(Path.of("f" + i));
      holders.remove("shared", Path.of("f" + i));
    }
    assertThat(holders.has("shared")).isFalse();
  }
}
