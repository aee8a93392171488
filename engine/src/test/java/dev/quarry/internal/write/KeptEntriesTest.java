package dev.quarry.internal.write;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class KeptEntriesTest {
  /** One whose items have 13 bytes each. */
  private static LogEntry entry(long sequence, int items) {
    List<WaitChange> waits = new ArrayList<>();
    for (int i = 0; i < items; i++) {
      waits.add(new WaitChange(i, null, false));
    }
    StagedCommit commit =
        new StagedCommit(sequence, Instant.EPOCH, Action.WRITE, null, List.of(), waits, null);
    return new LogEntry(sequence, LogEntry.encode(commit, 0));
  }

  @Test
  void someMegabytesAreKeptOrOneEntry() {
    KeptEntries entries = new KeptEntries();
    long most = 0;
    for (long sequence = 1; sequence <= 40; sequence++) {
      LogEntry entry = entry(sequence, 40_000);
      entries.keep(entry);
      entries.keep(entry(sequence, 1)); // the first is as good
      assertThat(entries.of(sequence)).isSameAs(entry);
      most = Math.max(most, bytes(entries, 40));
    }
    assertThat(most).isBetween(3L << 20, 4L << 20);
    entries.keep(entry(41, 400_000));
    assertThat(bytes(entries, 41)).isEqualTo(entries.of(41).bytes()).isGreaterThan(4 << 20);
    entries.keep(entry(42, 1));
    assertThat(entries.of(41)).isNull();
    assertThat(entries.of(42)).isNotNull();
  }

  private static long bytes(KeptEntries entries, long last) {
    return LongStream.rangeClosed(1, last)
        .mapToObj(entries::of)
        .mapToLong(entry -> entry == null ? 0 : entry.bytes())
        .sum();
  }
}
