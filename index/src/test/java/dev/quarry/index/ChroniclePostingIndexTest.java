package dev.quarry.index;

import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

final class ChroniclePostingIndexTest extends PostingIndexContractTest {
  @TempDir Path directory;

  @Override
  PostingIndex create() {
    return PostingIndexes.open(new PostingIndexOptions(directory, "test", WIDTHS, 1_000));
  }
}
