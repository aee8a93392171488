package dev.quarry.index;

import static dev.quarry.index.PostingIndexContractTest.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
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
  private static final byte[] TERM = bytes("x");
  private static final int TERMS = 6;
  private static final int STEP = 8;
  private static final long RUN_NANOS = TimeUnit.MILLISECONDS.toNanos(2_500);

  @TempDir Path directory;

  private final AtomicBoolean done = new AtomicBoolean();
  private final CountDownLatch filled = new CountDownLatch(1);

  /** Those that have been through all that they do, once at least. */
  private final Set<Thread> through = ConcurrentHashMap.newKeySet();

  /** The value at position i of a term in a generation: residue by term and generation. */
  private static int value(int term, int generation, int i) {
    return (term + generation) % STEP + STEP * i;
  }

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2})
  void containers_are_whole(long seed) throws Exception {
    Random random = new Random(seed);
    run(
        index -> write(index, random),
        index -> readContainers(index, new Random(seed + 1)),
        index -> readContainers(index, new Random(seed + 2)),
        this::readRows);
  }

  /** One value at the front of an array comes and goes, so that all the others move. */
  @Test
  void arrays_are_edited_whole() throws Exception {
    int size = 3_000;
    Consumer<PostingIndex> reader =
        index -> {
          Postings postings = index.term(0, TERM);
          Postings probe = Postings.of(0, 3, 9, 1_500, 8_997);
          while (!done.get()) {
            OrdinalCursor cursor = postings.cursor();
            long o = cursor.next();
            o = o == 0 ? cursor.next() : o;
            for (int i = 1; i < size; i++, o = cursor.next()) {
              if (o != 3L * i) {
                assertThat(o).isEqualTo(3L * i);
              }
            }
            assertThat(o).isEqualTo(OrdinalCursor.END);
            assertThat(Postings.and(List.of(probe, postings)).cardinality()).isBetween(4L, 5L);
            assertThat(postings.contains(4_500)).isTrue();
            assertThat(postings.contains(4_501)).isFalse();
            through.add(Thread.currentThread());
          }
        };
    run(
        index -> {
          fill(index, size);
          toggle(index, 0);
        },
        reader,
        reader);
  }

  /** Bits far apart in a bitmap come and go together. */
  @Test
  void bitmaps_are_edited_whole() throws Exception {
    int size = 20_000;
    Consumer<PostingIndex> reader =
        index -> {
          Postings postings = index.term(0, TERM);
          Postings all = Postings.range(0, 60_001);
          while (!done.get()) {
            long n = Postings.and(List.of(Postings.range(0, 60_000), postings)).cardinality();
            assertThat(n).isIn((long) size, (long) size - 3);
            n = Postings.andNot(all, postings).cardinality();
            assertThat(n).isIn(60_001L - size, 60_001L - size + 3);
            through.add(Thread.currentThread());
          }
        };
    run(
        index -> {
          fill(index, size);
          toggle(index, 0, 30_000, 59_997);
        },
        reader,
        reader);
  }

  private static void fill(PostingIndex index, int size) {
    IndexBatch batch = new IndexBatch();
    for (int i = 0; i < size; i++) {
      batch.add(0, TERM, 3L * i);
    }
    index.apply(batch, 1);
  }

  private void toggle(PostingIndex index, long... ordinals) {
    filled.countDown();
    IndexBatch batch = new IndexBatch();
    for (boolean add = false; !done.get(); add = !add) {
      batch.reset();
      for (long ordinal : ordinals) {
        if (add) {
          batch.add(0, TERM, ordinal);
        } else {
          batch.remove(0, TERM, ordinal);
        }
      }
      index.apply(batch, 1);
      through.add(Thread.currentThread());
    }
  }

  /** Runs one writer and the readers, which start when it has filled, for a while. */
  @SafeVarargs
  private void run(Consumer<PostingIndex> writer, Consumer<PostingIndex>... readers)
      throws Exception {
    PostingIndexOptions options =
        new PostingIndexOptions(directory, "concurrent", new int[] {8, 8, 8}, 1_000);
    ExecutorService threads = Executors.newCachedThreadPool();
    try (PostingIndex index = PostingIndexes.open(options)) {
      List<Future<?>> results = new ArrayList<>();
      results.add(threads.submit(() -> writer.accept(index)));
      while (!filled.await(20, TimeUnit.MILLISECONDS)) {
        checkGoesOn(results);
      }
      for (Consumer<PostingIndex> reader : readers) {
        results.add(threads.submit(() -> reader.accept(index)));
      }
      long end = System.nanoTime() + RUN_NANOS;
      try {
        // however busy the machine is, each of them has had its turn
        while (System.nanoTime() - end < 0 || through.size() < results.size()) {
          checkGoesOn(results);
          Thread.sleep(20);
        }
      } finally {
        done.set(true);
        threads.shutdown();
        assertThat(threads.awaitTermination(60, TimeUnit.SECONDS)).isTrue();
      }
      for (Future<?> result : results) {
        result.get();
      }
    }
  }

  /** Throws what one of them has ended with. */
  private static void checkGoesOn(List<Future<?>> results) throws Exception {
    for (Future<?> result : results) {
      if (result.isDone()) {
        result.get();
      }
    }
  }

  /** Makes the index go from generation to generation; each batch changes one term whole. */
  private void write(PostingIndex index, Random random) {
    int[] generations = new int[TERMS];
    int[] sizes = new int[TERMS];
    IndexBatch batch = new IndexBatch();
    long writes = 0;
    while (!done.get()) {
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
      if (counter == 3) { // there are all rows
        filled.countDown();
        through.add(Thread.currentThread());
      }
    }
  }

  private void readContainers(PostingIndex index, Random random) {
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
      through.add(Thread.currentThread());
    }
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

  private void readRows(PostingIndex index) {
    long reads = 0;
    long[] row = new long[3];
    while (!done.get()) {
      if (index.row(reads % 3, row) && (row[0] != row[1] || row[1] != row[2])) {
        assertThat(row).containsOnly(row[0]);
      }
      reads++;
      through.add(Thread.currentThread());
    }
  }
}
