package dev.quarry.internal.index;

import dev.quarry.CorruptionException;
import dev.quarry.ProgressListener;
import dev.quarry.TaskStoreException;
import dev.quarry.VerifyReport;
import dev.quarry.index.PostingIndex;
import dev.quarry.internal.codec.IndexedFields;
import dev.quarry.internal.codec.RecordCodec;
import dev.quarry.internal.storage.Family;
import dev.quarry.internal.storage.Keys;
import dev.quarry.internal.storage.Storage;
import dev.quarry.internal.storage.StorageIterator;
import dev.quarry.internal.storage.StorageSnapshot;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Compares everything derived with the records, both ways, and writes nothing. Sets of keys are
 * compared by count and by the sum of 64-bit hashes, of what the records demand and of what is
 * there; only where these differ are the keys themselves compared, to name the differences. Posting
 * lists are compared by membership of every demanded ordinal and by cardinality, which together are
 * both ways.
 */
public final class Verifier {
  private static final int REPORT_EVERY = 8_192;

  private final Storage storage;
  private final RecordCodec codec;
  private final ProgressListener progress;
  private final List<String> problems = new ArrayList<>();
  private final Set<String> seen = new HashSet<>();
  private long problemCount;
  private long entries;
  private long tasks;
  private int indexes;

  /** A check of a store's storage. */
  public Verifier(Storage storage, RecordCodec codec, ProgressListener progress) {
    this.storage = storage;
    this.codec = codec;
    this.progress = progress;
  }

  /** What a set of keys adds up to. */
  private static final class Sum {
    long count;
    long hash;

    void add(byte[] key, long salt) {
      long h = 0xcbf29ce484222325L ^ salt;
      for (byte b : key) {
        h = (h ^ b) * 0x100000001b3L;
      }
      h ^= h >>> 33;
      h *= 0xff51afd7ed558ccdL;
      hash += h ^ (h >>> 33);
      count++;
    }

    boolean differs(Sum other) {
      return count != other.count || hash != other.hash;
    }
  }

  private void problem(String text) {
    if (!seen.add(text)) {
      return; // one bad block is met on many ways
    }
    problemCount++;
    if (problems.size() < VerifyReport.MAX_PROBLEMS) {
      problems.add(text);
    }
  }

  /** Reads every block of every file. */
  public void checksums() {
    progress.progress("verify checksums", 0, -1);
    try {
      storage.verifyChecksums();
    } catch (CorruptionException e) {
      problem("CORRUPT " + e.getMessage());
    }
  }

  /** Compares ids and ordered indexes with the records, at a point in time. */
  public void keys(StorageSnapshot at, IndexCatalog catalog, long expectedTasks) {
    indexes = 1 + Terms.POSTED.size() + catalog.entries().size();
    List<IndexCatalog.Entry> ordered =
        catalog.ordered().stream().filter(IndexCatalog.Entry::isReadable).toList();
    Sum[] wanted = new Sum[ordered.size()];
    Arrays.setAll(wanted, i -> new Sum());
    Sum wantedIds = new Sum();
    try (StorageIterator it = storage.iterate(Family.RECORDS, null, null, at, true)) {
      for (it.first(); it.isValid(); it.next()) {
        long ordinal = Keys.number(it.key());
        IndexedFields fields = decode(ordinal, it.value());
        if (fields == null) {
          continue;
        }
        for (int i = 0; i < wanted.length; i++) {
          wanted[i].add(OrderedEntries.key(ordered.get(i), fields, ordinal), 0);
        }
        wantedIds.add(Keys.id(fields.id()), ordinal);
        report("verify records", expectedTasks);
      }
    } catch (CorruptionException e) {
      problem("CORRUPT " + e.getMessage());
    }
    if (tasks != expectedTasks) {
      problem("the head counts " + expectedTasks + " tasks, but there are " + tasks + " records");
    }
    ids(at, wantedIds);
    for (int i = 0; i < wanted.length; i++) {
      ordered(at, ordered.get(i), wanted[i]);
    }
  }

  private void report(String phase, long total) {
    tasks++;
    if (tasks % REPORT_EVERY == 0) {
      progress.progress(phase, tasks, total);
    }
  }

  private IndexedFields decode(long ordinal, byte[] value) {
    try {
      return IndexedFields.of(codec.decode(value));
    } catch (TaskStoreException e) {
      problem("CORRUPT record " + ordinal + ": " + e.getMessage());
      return null;
    }
  }

  private void ids(StorageSnapshot at, Sum wanted) {
    Sum found = new Sum();
    try (StorageIterator it = storage.iterate(Family.IDS, null, null, at, true)) {
      for (it.first(); it.isValid(); it.next()) {
        found.add(it.key(), Keys.number(it.value()));
        step("verify ids");
      }
      if (wanted.differs(found)) {
        nameIds(at);
      }
    } catch (CorruptionException e) {
      problem("CORRUPT " + e.getMessage());
    }
  }

  private void nameIds(StorageSnapshot at) {
    long before = problemCount;
    try (StorageIterator it = storage.iterate(Family.IDS, null, null, at, true)) {
      for (it.first(); it.isValid(); it.next()) {
        long ordinal = Keys.number(it.value());
        String id = new String(it.key(), java.nio.charset.StandardCharsets.UTF_8);
        byte[] record = storage.get(Family.RECORDS, Keys.number(ordinal), at);
        if (record == null || !codec.indexed(record).id().equals(id)) {
          problem("id " + id + " leads to ordinal " + ordinal + ", which is not that task");
        }
      }
    }
    try (StorageIterator it = storage.iterate(Family.RECORDS, null, null, at, true)) {
      for (it.first(); it.isValid(); it.next()) {
        String id = codec.indexed(it.value()).id();
        byte[] ordinal = storage.get(Family.IDS, Keys.id(id), at);
        if (ordinal == null || !Arrays.equals(ordinal, it.key())) {
          problem("task " + id + " is not found by its id");
        }
      }
    }
    if (problemCount == before) {
      problem("the ids differ from the records in number");
    }
  }

  private void step(String phase) {
    if (++entries % (8 * REPORT_EVERY) == 0) {
      progress.progress(phase, entries, -1);
    }
  }

  private void ordered(StorageSnapshot at, IndexCatalog.Entry entry, Sum wanted) {
    byte[] lower = OrderedEntries.prefix(entry.number());
    byte[] upper = OrderedEntries.prefix(entry.number() + 1);
    Sum found = new Sum();
    try (StorageIterator it = storage.iterate(Family.ORDERED, lower, upper, at, true)) {
      for (it.first(); it.isValid(); it.next()) {
        found.add(it.key(), 0);
        step("verify index " + entry.spec().name());
      }
      if (wanted.differs(found)) {
        nameOrdered(at, entry, lower, upper);
      }
    } catch (CorruptionException e) {
      problem("CORRUPT " + e.getMessage());
    }
  }

  private void nameOrdered(
      StorageSnapshot at, IndexCatalog.Entry entry, byte[] lower, byte[] upper) {
    String name = entry.spec().name();
    try (StorageIterator it = storage.iterate(Family.ORDERED, lower, upper, at, true)) {
      for (it.first(); it.isValid(); it.next()) {
        long ordinal = OrderedEntries.ordinal(entry, it.key());
        byte[] record = storage.get(Family.RECORDS, Keys.number(ordinal), at);
        if (record == null
            || !Arrays.equals(
                it.key(), OrderedEntries.key(entry, codec.indexed(record), ordinal))) {
          problem("index " + name + " has an entry that task ordinal " + ordinal + " lacks");
        }
      }
    }
    try (StorageIterator it = storage.iterate(Family.RECORDS, null, null, at, true)) {
      for (it.first(); it.isValid(); it.next()) {
        IndexedFields fields = codec.indexed(it.value());
        byte[] key = OrderedEntries.key(entry, fields, Keys.number(it.key()));
        if (storage.get(Family.ORDERED, key, at) == null) {
          problem("index " + name + " lacks the entry of task " + fields.id());
        }
      }
    }
  }

  private record Term(int field, ByteBuffer value) {}

  /** Compares posting lists and projections with the records; no commit may run meanwhile. */
  public void postings(PostingIndex index, IndexCatalog catalog, long total) {
    Map<Term, long[]> wanted = new HashMap<>();
    long[] row = new long[Terms.COLUMN_WIDTHS.size()];
    long[] found = new long[row.length];
    long rows = 0;
    try (StorageIterator it = storage.iterate(Family.RECORDS, null, null, null, true)) {
      for (it.first(); it.isValid(); it.next()) {
        long ordinal = Keys.number(it.key());
        IndexedFields fields = codec.indexed(it.value());
        Terms.forEach(
            fields,
            catalog,
            (field, value) -> {
              wanted
                  .computeIfAbsent(new Term(field, ByteBuffer.wrap(value)), t -> new long[1])[0]++;
              entries++;
              if (!index.term(field, value).contains(ordinal)) {
                problem(
                    "task " + fields.id() + " is missing from a posting list of field " + field);
              }
            });
        Terms.row(fields, index, row);
        if (!index.row(ordinal, found) || !Arrays.equals(row, found)) {
          problem("the projection of task " + fields.id() + " differs from its record");
        }
        if (++rows % REPORT_EVERY == 0) {
          progress.progress("verify posting lists", rows, total);
        }
      }
    } catch (TaskStoreException e) {
      problem("CORRUPT " + e.getMessage());
      return;
    }
    cardinalities(index, catalog, wanted);
    if (index.stats().rows() != rows) {
      problem("there are " + index.stats().rows() + " projection rows for " + rows + " tasks");
    }
  }

  private void cardinalities(PostingIndex index, IndexCatalog catalog, Map<Term, long[]> wanted) {
    List<Integer> fields = new ArrayList<>();
    for (int f = Terms.EXISTS; f <= Terms.TAGS; f++) {
      fields.add(f);
    }
    catalog.equality().forEach(entry -> fields.add(entry.number()));
    for (int field : fields) {
      index.forEachTerm(
          field,
          (value, cardinality) -> {
            long[] n = wanted.remove(new Term(field, ByteBuffer.wrap(value)));
            if (n == null || n[0] != cardinality) {
              problem(
                  "a posting list of field "
                      + field
                      + " has "
                      + cardinality
                      + " tasks instead of "
                      + (n == null ? 0 : n[0]));
            }
          });
    }
    if (!wanted.isEmpty()) {
      problem(wanted.size() + " terms of tasks have no posting list");
    }
  }

  /** What was found. */
  public VerifyReport report(long sequence, boolean deep) {
    return new VerifyReport(sequence, tasks, entries, indexes, deep, problems, problemCount);
  }
}
