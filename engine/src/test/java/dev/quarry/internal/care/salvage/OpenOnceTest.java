package dev.quarry.internal.care.salvage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quarry.CorruptionException;
import dev.quarry.LimitExceededException;
import dev.quarry.StorageException;
import dev.quarry.Task;
import dev.quarry.TaskStore;
import dev.quarry.TaskStoreException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is saved stands, whatever becomes of its first open: the report must come back. */
class OpenOnceTest {
  @TempDir Path directory;

  @Test
  void oneWhoWasFasterBuildsTheIndexes() {
    try (TaskStore store = TaskStore.open(directory)) {
      store.insert(Task.builder("T-1", "title").build());
      Salvage.openOnce(directory);
      assertThat(store.get("T-1")).isPresent();
    }
  }

  @Test
  void withoutRoomTheNextOpenBuildsTheIndexes() {
    IOException full = new IOException("No space left on device");
    for (TaskStoreException noRoom :
        List.of(
            new LimitExceededException("too few files", Map.of()),
            new StorageException("no room", Map.of(), null, true),
            new StorageException("cannot be written", Map.of(), full))) {
      Salvage.openOnce(
          directory,
          () -> {
            throw noRoom;
          });
    }
  }

  @Test
  void aStoreThatDoesNotOpenIsTold() {
    for (TaskStoreException wrong :
        List.of(
            new CorruptionException("damaged", Map.of()),
            new StorageException("no rights", Map.of()))) {
      assertThatThrownBy(
              () ->
                  Salvage.openOnce(
                      directory,
                      () -> {
                        throw wrong;
                      }))
          .isSameAs(wrong);
    }
  }
}
