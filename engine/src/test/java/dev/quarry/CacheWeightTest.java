package dev.quarry;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a task has much of weighs in the record cache. */
@Timeout(60)
class CacheWeightTest {
  private static final int TASKS = 250;
  private static final int LINKS = 100;

  @TempDir Path directory;

  @Test
  void linksWeigh() {
    TaskStoreOptions options =
        TaskStoreOptions.builder(directory.resolve("s")).recordCacheBytes(1 << 20).build();
    try (TaskStore store = TaskStore.open(options)) {
      List<Task> tasks = new ArrayList<>();
      for (int i = 0; i < TASKS; i++) {
        List<Link> links = new ArrayList<>();
        for (int k = 0; k < LINKS; k++) {
          links.add(new Link(Link.Type.RELATED, "other-" + k));
        }
        tasks.add(Task.builder("T-" + i, "t").links(links).build());
      }
      store.insertAll(tasks);
      StoreStats.Cache cache = store.stats().cache();
      while (cache.entries() == 0) { // it is filled by a thread of its own
        for (int i = 0; i < TASKS; i++) {
          assertThat(store.get("T-" + i)).isPresent();
        }
        cache = store.stats().cache();
      }
      assertThat(cache.bytes()).isGreaterThan(cache.entries() * LINKS * 60L);
      assertThat(cache.entries()).isLessThan(TASKS / 2);
    }
  }
}
