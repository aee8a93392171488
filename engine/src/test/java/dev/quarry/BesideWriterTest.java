package dev.quarry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quarry.query.Query;
import dev.quarry.query.TaskFields;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two processes: readers open, read and close beside a live writer, whose tables are flushed and
 * compacted away meanwhile, and never fail.
 */
@Timeout(1_800)
class BesideWriterTest {
  private static final long SECONDS =
      Long.getLong("quarry.beside.seconds", Boolean.getBoolean("quarry.long") ? 600 : 6);

  @TempDir Path directory;

  private Path path() {
    return directory.resolve("store");
  }

  @Test
  void readersNeverFail() throws Exception {
    AtomicLong opens = new AtomicLong();
    AtomicLong reads = new AtomicLong();
    Set<String> tables = ConcurrentHashMap.newKeySet();
    ExecutorService threads = Executors.newFixedThreadPool(2);
    try (ChildJvm child = new ChildJvm(LifecyclePrograms.Writer.class, path())) {
      assertThat(child.line()).isEqualTo("open");
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
      List<Future<?>> futures = new ArrayList<>();
      for (int t = 0; t < 2; t++) {
        futures.add(
            threads.submit(
                () -> {
                  long last = -1;
                  // on a slow machine the time may be over at the first look
                  for (int round = 0;
                      round < 2 || System.nanoTime() - end < 0 || tables().containsAll(tables);
                      round++) {
                    try (TaskStore reader = TaskStore.openReadOnly(path())) {
                      opens.incrementAndGet();
                      tables.addAll(tables());
                      for (int i = 0; i < 20; i++) {
                        last = look(reader, last);
                        reads.incrementAndGet();
                      }
                    }
                  }
                  return null;
                }));
      }
      for (Future<?> future : futures) {
        future.get();
      }
      assertThatThrownBy(() -> TaskStore.open(path()))
          .isInstanceOf(StoreLockedException.class)
          .hasMessageContaining("pid=" + child.pid())
          .hasMessageContaining("host=");
      child.say("end");
      assertThat(child.line()).startsWith("done ");
      assertThat(child.exit()).isZero();
    } finally {
      threads.shutdownNow();
    }
    assertThat(tables().containsAll(tables)).as("tables went meanwhile").isFalse();
    assertThat(opens.get()).isGreaterThanOrEqualTo(4);
    assertThat(reads.get()).isGreaterThanOrEqualTo(80);
    try (TaskStore store = TaskStore.open(path())) {
      assertThat(store.verify().problems()).isEmpty();
    }
    assertThat(readerFolders()).isEmpty();
  }

  /** The names of the tables that are there now. */
  private Set<String> tables() throws IOException {
    try (Stream<Path> files = Files.list(path().resolve("data"))) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(".sst"))
          .collect(Collectors.toSet());
    }
  }

  /** One state: the pair agrees and does not go back. */
  private static long look(TaskStore reader, long last) {
    List<Long> pair = new ArrayList<>();
    reader
        .getAll(List.of("left", "right"))
        .forEach(t -> pair.add(t.map(x -> Long.parseLong(x.attributes().get("n"))).orElse(-1L)));
    assertThat(pair.get(0)).isEqualTo(pair.get(1)).isGreaterThanOrEqualTo(last);
    Query query = Query.where(TaskFields.AGENT.is("a2"));
    assertThat(reader.page(query, PageRequest.first(20)).items())
        .allMatch(t -> "a2".equals(t.agent()));
    return pair.get(0);
  }

  private List<Path> readerFolders() throws Exception {
    try (Stream<Path> files = Files.list(path())) {
      return files
          .filter(f -> f.getFileName().toString().startsWith("quarry.tmp-reader-"))
          .toList();
    }
  }

  @Test
  void foldersOfDeadReadersAreSweptAndThoseOfLivingOnesStay() throws Exception {
    TaskStore.open(path()).close();
    try (ChildJvm child = new ChildJvm(Reader.class, path());
        TaskStore living = TaskStore.openReadOnly(path())) {
      assertThat(child.line()).isEqualTo("reads");
      String ofChild = "quarry.tmp-reader-" + child.pid() + "-";
      String ofThis = "quarry.tmp-reader-" + ProcessHandle.current().pid() + "-";
      child.kill();
      assertThat(readerFolders()).anyMatch(f -> f.getFileName().toString().startsWith(ofChild));
      Path foreign = Files.createDirectory(path().resolve("quarry.tmp-reader-of-mine"));
      TaskStore.open(path()).close();
      assertThat(readerFolders())
          .noneMatch(f -> f.getFileName().toString().startsWith(ofChild))
          .anyMatch(f -> f.getFileName().toString().startsWith(ofThis))
          .contains(foreign);
      assertThat(living.count(Query.all())).isZero();
    }
  }

  /** Reads, and stays open until it is killed. */
  static final class Reader {
    private Reader() {}

    public static void main(String[] arguments) throws Exception {
      try (TaskStore store = TaskStore.openReadOnly(Path.of(arguments[0]))) {
        store.count(Query.all());
        System.out.println("reads");
        System.in.read();
      }
    }
  }
}
