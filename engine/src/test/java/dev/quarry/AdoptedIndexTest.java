package dev.quarry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The index of a store whose process is killed amid its writes is taken over, not rebuilt: only a
 * death within the microseconds in which the index itself is changed costs a rebuild.
 */
@Timeout(600)
class AdoptedIndexTest {
  private static final int WANTED = 3;
  private static final int MOST_DEATHS = 12;

  @TempDir Path directory;

  @Test
  void aKilledStoreKeepsItsIndex() throws Exception {
    // where the system does not name its run, a death of the machine may lie in between
    assumeTrue(Files.isReadable(Path.of("/proc/sys/kernel/random/boot_id")));
    int adopted = 0;
    int deaths = 0;
    while (adopted < WANTED && deaths < MOST_DEATHS) {
      kill(40 + deaths++);
      adopted += phasesOfOpening().contains("rebuild index") ? 0 : 1;
    }
    assertThat(adopted).as("of %d deaths", deaths).isEqualTo(WANTED);
  }

  private Path path() {
    return directory.resolve("store");
  }

  private void kill(long seed) throws Exception {
    try (ChildJvm child = new ChildJvm(TwinProgram.class, path(), seed)) {
      for (int hundreds = 0; hundreds < 3; hundreds++) {
        assertThat(child.line()).isNotNull();
      }
    }
  }

  private List<String> phasesOfOpening() {
    List<String> phases = new ArrayList<>();
    TaskStoreOptions options =
        TaskStoreOptions.builder(path())
            .progress((phase, done, total) -> phases.add(phase))
            .build();
    try (TaskStore store = TaskStore.open(options)) {
      List<String> opening = List.copyOf(phases);
      assertThat(store.verify(true, ProgressListener.NONE).problems()).isEmpty();
      return opening;
    }
  }
}
