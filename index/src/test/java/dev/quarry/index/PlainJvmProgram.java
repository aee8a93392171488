package dev.quarry.index;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** What {@link PlainJvmTest} runs: uses an index as an application does, and prints nothing. */
final class PlainJvmProgram {
  private PlainJvmProgram() {}

  public static void main(String[] args) {
    PostingIndexOptions options =
        new PostingIndexOptions(Path.of(args[0]), "plain", new int[] {8}, 1_000);
    byte[] value = "x".getBytes(StandardCharsets.UTF_8);
    try (PostingIndex index = PostingIndexes.open(options)) {
      require(index.openState() == PostingIndex.OpenState.EMPTY);
      IndexBatch batch = new IndexBatch();
      for (int o = 0; o < 200_000; o++) {
        batch.add(o % 3, value, o);
        batch.add(4, Integer.toString(o % 5_000).getBytes(StandardCharsets.UTF_8), o);
        batch.putRow(o, new long[] {o});
      }
      index.apply(batch, 7);
    }
    try (PostingIndex index = PostingIndexes.open(options)) {
      require(index.openState() == PostingIndex.OpenState.USABLE);
      require(index.watermark() == 7);
      require(index.term(1, value).cardinality() == 66_667);
      require(index.column(199_999, 0, -1) == 199_999);
    }
    try {
      Class.forName("net.openhft.chronicle.analytics.Analytics");
      require(false);
    } catch (ClassNotFoundException expected) {
      require(Path.of(System.getProperty("user.home")).toFile().list().length == 0);
    }
  }

  private static void require(boolean condition) {
    if (!condition) {
      throw new IllegalStateException("not as it should be");
    }
  }
}
