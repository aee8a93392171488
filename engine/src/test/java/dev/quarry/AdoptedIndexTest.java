package dev.quarry;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The index of a store whose process is killed amid its writes is taken over, not rebuilt: only a
 * death within the few microseconds in which the index itself is changed costs a rebuild.
 */
@Timeout(300)
class AdoptedIndexTest {
  private static final int DEATHS = 6;

  @TempDir Path directory;

  @Test
  void aKilledStoreKeepsItsIndex() throws Exception {
    Path path = directory.resolve("store");
    List<List<String>> openings = new ArrayList<>();
    for (int death = 0; death < DEATHS; death++) {
      try (ChildJvm child = new ChildJvm(TwinProgram.class, path, 40 + death)) {
        for (int hundreds = 0; hundreds < 3; hundreds++) {
          assertThat(child.line()).isNotNull();
        }
      } // kills it
      List<String> phases = new ArrayList<>();
      TaskStoreOptions options =
          TaskStoreOptions.builder(path)
              .progress((phase, done, total) -> phases.add(phase))
              .build();
      try (TaskStore store = TaskStore.open(options)) {
        openings.add(List.copyOf(phases));
        assertThat(store.verify(true, ProgressListener.NONE).problems()).isEmpty();
      }
    }
    assertThat(openings)
        .as("most find their index as it was")
        .filteredOn(phases -> !phases.contains("rebuild index"))
        .hasSizeGreaterThan(DEATHS / 2);
  }
}
