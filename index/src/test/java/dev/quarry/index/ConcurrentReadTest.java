package dev.quarry.index;

import static dev.quarry.index.PostingIndexContractTest.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Readers beside a writer that changes, grows, shrinks and moves containers without pause. In
 * generation g of a term the block holds values of one residue only, as many as follow from their
 * last one, so that every mixture of two states, and every read of another term's memory, shows.
 */
@Timeout(120)
final class ConcurrentReadTest {
  private static final int TERMS = 6;
  private static final int STEP = 8;
  private static final long RUN_NANOS = TimeUnit.MILLISECONDS.toNanos(2_500);

  @TempDir Path directory;

  private final AtomicBoolean done = new AtomicBoolean();

  /** The value at position i of a term in a generation: residue by term and generation. */
  private static int value(int term, int generation, int i) {
    return (term + generation) % STEP + STEP * i;
  }

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2})
  void containers_are_whole(long seed) throws Exception {
    PostingIndexes.prepareJvm();
    try (PostingIndex index =
        PostingIndexes.open(
            new PostingIndexOptions(directory, "concurrent", new int[] {8, 8, 8}, 1_000))) {
      List<Callable<Long>> tasks = new ArrayList<>();
      tasks.add(() -> write(index, new Random(seed)));
      tasks.add(() -> readContainers(index, new Random(seed + 1)));
      tasks.add(() -> readContainers(index, new Random(seed + 2)));
      tasks.add(() -> readRows(index));
      ExecutorService threads = Executors.newFixedThreadPool(tasks.size());
      try {
        List<Future<Long>> results = new ArrayList<>();
        for (Callable<Long> task : tasks) {
          results.add(threads.submit(task));
        }
        for (Future<Long> result : results) {
          assertThat(result.get(60, TimeUnit.SECONDS)).isPositive();
        }
      } finally {
        done.set(true);
        threads.shutdown();
      }
    }
  }

  /** Makes the index go from generation to generation; each batch changes one term whole. */
  private long write(PostingIndex index, Random random) {
    int[] generations = new int[TERMS];
    int[] sizes = new int[TERMS];
    IndexBatch batch = new IndexBatch();
    long end = System.nanoTime() + RUN_NANOS;
    long writes = 0;
    while (System.nanoTime() - end < 0 && !done.get()) {
      int term = random.nextInt(TERMS);
      byte[] value = bytes("t" + term);
      batch.reset();
      for (int i = 0; i < sizes[term]; i++) {
        batch.remove(0, value, value(term, generations[term], i));
      }
      generations[term]++;
      sizes[term] = 1 + random.nextInt(2 << random.nextInt(13));
      for (int i = 0; i < sizes[term]; i++) {
        batch.add(0, value, value(term, generations[term], i));
      }
      long counter = ++writes;
      batch.putRow(counter % 3, new long[] {counter, counter, counter});
      index.apply(batch, counter);
    }
    done.set(true);
    return writes;
  }

  private long readContainers(PostingIndex index, Random random) {
    long reads = 0;
    Postings everything = Postings.range(0, Block.SIZE);
    long[] lows = random.ints(3_000, 0, Block.SIZE).sorted().distinct().asLongStream().toArray();
    Postings some = Postings.of(lows);
    while (!done.get()) {
      int term = random.nextInt(TERMS);
      Postings postings = index.term(0, bytes("t" + term));
      switch (random.nextInt(4)) {
        case 0, 1 -> checkWhole(postings, term);
        case 2 -> checkWhole(Postings.and(List.of(postings, everything)), term);
        default -> checkOneResidue(Postings.and(List.of(some, postings)), term);
      }
      reads++;
    }
    return reads;
  }

  private static void checkWhole(Postings postings, int term) {
    OrdinalCursor cursor = postings.cursor();
    long first = cursor.next();
    if (first == OrdinalCursor.END) {
      return;
    }
    assertThat(first).as("term " + term).isLessThan(STEP);
    long expected = first;
    for (long o = first; o != OrdinalCursor.END; o = cursor.next()) {
      if (o != expected) {
        assertThat(o).as("term " + term + " from " + first).isEqualTo(expected);
      }
      expected += STEP;
    }
  }

  private static void checkOneResidue(Postings postings, int term) {
    OrdinalCursor cursor = postings.cursor();
    long first = cursor.next();
    for (long o = first; o != OrdinalCursor.END; o = cursor.next()) {
      if (o % STEP != first % STEP) {
        assertThat(o % STEP).as("term " + term).isEqualTo(first % STEP);
      }
    }
  }

  private long readRows(PostingIndex index) {
    long reads = 0;
    long[] row = new long[3];
    while (!done.get()) {
      if (index.row(reads % 3, row) && (row[0] != row[1] || row[1] != row[2])) {
        assertThat(row).containsOnly(row[0]);
      }
      reads++;
    }
    return reads;
  }
}
