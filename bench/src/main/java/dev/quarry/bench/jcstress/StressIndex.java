package dev.quarry.bench.jcstress;

import dev.quarry.index.IndexBatch;
import dev.quarry.index.PostingIndex;
import dev.quarry.index.PostingIndexOptions;
import dev.quarry.index.PostingIndexes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * The one index of a forked process, and a batch pair that switches it to and fro. One actor of a
 * test writes, so that there is one writer.
 */
final class StressIndex {
  static final byte[] TERM = "x".getBytes(StandardCharsets.UTF_8);

  private final PostingIndex index;
  private final IndexBatch there = new IndexBatch();
  private final IndexBatch back = new IndexBatch();
  private boolean switched;

  StressIndex() {
    try {
      Path directory = Files.createTempDirectory("quarry-jcstress");
      index =
          PostingIndexes.open(
              new PostingIndexOptions(directory, "jcstress", new int[] {8, 8, 8, 8}, 3, 1_000));
      Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(directory)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void delete(Path directory) {
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
      Files.delete(directory);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  PostingIndex index() {
    return index;
  }

  /** What a switch changes. */
  IndexBatch there() {
    return there;
  }

  /** What the next switch changes, back to how it was. */
  IndexBatch back() {
    return back;
  }

  /** Adds every third ordinal, {@code n} of them. */
  StressIndex fill(int n) {
    IndexBatch batch = new IndexBatch();
    for (int i = 0; i < n; i++) {
      batch.add(0, TERM, 3L * i);
    }
    index.apply(batch, 1);
    return this;
  }

  /** Lets a switch take out these ordinals and put them back. */
  StressIndex toggling(long... ordinals) {
    for (long ordinal : ordinals) {
      there.remove(0, TERM, ordinal);
      back.add(0, TERM, ordinal);
    }
    return this;
  }

  /** The writing actor's step. */
  void toggle() {
    index.apply(switched ? back : there, 2);
    switched = !switched;
  }
}
