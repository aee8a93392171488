package dev.quarry.internal.index;

import dev.quarry.CorruptionException;
import dev.quarry.Link;
import dev.quarry.ProgressListener;
import dev.quarry.Status;
import dev.quarry.Task;
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
import java.util.function.Supplier;
import java.util.function.ToLongFunction;

/**
 * Compares everything derived with the records, both ways, and writes nothing. Sets of keys are
 * compared by count and by the sum of 64-bit hashes, of what the records demand and of what is
 * there; only where these differ are the keys themselves compared, to name the differences. Posting
 * lists are compared by membership of every demanded ordinal and by cardinality, which together are
 * both ways.
 */
public final class Verifier {
  private static final int REPORT_EVERY = 8_192;

  /** Problems that are known again; behind so many one may be counted twice. */
  private static final int MOST_SEEN = 100_000;

  private final Storage storage;
  private final RecordCodec codec;
  private final ProgressListener progress;
  private final List<String> problems = new ArrayList<>();
  private final Set<String> seen = new HashSet<>();
  private long problemCount;
  private long entries;
  private long tasks;
  private int indexes;
  private List<String> notCompared = List.of();

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
    if (seen.contains(text)) {
      return; // one bad block is met on many ways
    }
    if (seen.size() < MOST_SEEN) {
      seen.add(text);
    }
    problemCount++;
    if (problems.size() < VerifyReport.MAX_PROBLEMS) {
      problems.add(text);
    }
  }

  /** Reads every block of every file. */
  public void checksums() {
    progress.progress("verify checksums", 0, -1);
    storage.verifyChecksums().forEach(damage -> problem("CORRUPT " + damage));
  }

  /** Compares ids and ordered indexes with the records, at a point in time. */
  public void keys(
      StorageSnapshot at, IndexCatalog catalog, long expectedTasks, boolean absentBlocks) {
    List<IndexCatalog.Entry> ordered =
        catalog.ordered().stream().filter(IndexCatalog.Entry::isReadable).toList();
    indexes = 1 + ordered.size();
    notCompared = offHeap(catalog); // until postings has compared them
    Sum[] wanted = new Sum[ordered.size()];
    Arrays.setAll(wanted, i -> new Sum());
    Sum wantedIds = new Sum();
    Sum wantedLinks = new Sum();
    Sum wantedWaits = new Sum();
    try (StorageIterator it = storage.iterate(Family.RECORDS, null, null, at, true)) {
      for (it.first(); it.isValid(); it.next()) {
        long ordinal = Keys.number(it.key());
        Task task = decode(ordinal, it.value());
        if (task == null) {
          continue;
        }
        IndexedFields fields = IndexedFields.of(task);
        boolean ready = waits(at, task, ordinal, absentBlocks, wantedWaits);
        addLinks(wantedLinks, task, ordinal);
        for (int i = 0; i < wanted.length; i++) {
          if (ordered.get(i).isOfReady() && !ready) {
            continue;
          }
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
    archive(at);
    links(at, wantedLinks);
    waits(at, wantedWaits);
    for (int i = 0; i < wanted.length; i++) {
      ordered(at, ordered.get(i), wanted[i]);
    }
  }

  private static List<String> offHeap(IndexCatalog catalog) {
    List<String> names = new ArrayList<>();
    Terms.POSTED.forEach(field -> names.add(field.name()));
    catalog.equality().stream()
        .filter(IndexCatalog.Entry::isReadable)
        .forEach(entry -> names.add(entry.spec().name()));
    return names;
  }

  private void report(String phase, long total) {
    tasks++;
    if (tasks % REPORT_EVERY == 0) {
      progress.progress(phase, tasks, total);
    }
  }

  /** Checks what is kept of a task's waits; whether it is ready. */
  private boolean waits(
      StorageSnapshot at, Task task, long ordinal, boolean absentBlocks, Sum wanted) {
    byte[] key = Keys.number(ordinal);
    int kept = Waits.decode(storage.get(Family.WAITS, key, at));
    if (kept != 0) {
      wanted.add(key, 0);
    }
    int open = ReadyKeeper.count(storage, task, absentBlocks, at);
    if (Waits.open(kept) != open || (kept != 0 && task.status() != Status.TODO)) {
      problem(
          "task " + task.id() + " is kept as waiting for " + Waits.open(kept) + ", not " + open);
    }
    return task.status() == Status.TODO && kept == 0;
  }

  private static void addLinks(Sum wanted, Task task, long ordinal) {
    for (String id : task.dependencies()) {
      wanted.add(LinkEntries.key(id, LinkEntries.BLOCKS, ordinal), 0);
    }
    for (Link link : task.links()) {
      wanted.add(LinkEntries.key(link.target(), LinkEntries.type(link.type()), ordinal), 0);
    }
  }

  private void links(StorageSnapshot at, Sum wanted) {
    Sum found = new Sum();
    byte[] marker = {};
    try (StorageIterator it = storage.iterate(Family.LINKS, null, null, at, true)) {
      for (it.first(); it.isValid(); it.next()) {
        byte[] key = it.key();
        if (LinkEntries.isMarker(key)) {
          marker = key;
        } else {
          found.add(key, 0);
          if (!LinkEntries.isMarked(key, marker)) {
            problem(
                "links lead to " + LinkEntries.target(key) + ", which is not marked as a target");
          }
        }
        step("verify links");
      }
    } catch (CorruptionException e) {
      problem("CORRUPT " + e.getMessage());
    }
    if (wanted.differs(found)) {
      problem(
          "the tasks hold "
              + wanted.count
              + " links, but "
              + found.count
              + " lead to them, or others");
    }
  }

  /** Looks for waits without a task; those of tasks have been compared with what they wait for. */
  private void waits(StorageSnapshot at, Sum wanted) {
    compare(
        wanted,
        () -> storage.iterate(Family.WAITS, null, null, at, true),
        "verify waits",
        it -> 0,
        () -> nameWaits(at));
  }

  /** Passes over keys; where they are not those that are demanded, {@code name} says which. */
  private void compare(
      Sum wanted,
      Supplier<StorageIterator> keys,
      String phase,
      ToLongFunction<StorageIterator> salt,
      Runnable name) {
    Sum found = new Sum();
    try (StorageIterator it = keys.get()) {
      for (it.first(); it.isValid(); it.next()) {
        found.add(it.key(), salt.applyAsLong(it));
        step(phase);
      }
      if (wanted.differs(found)) {
        name.run();
      }
    } catch (CorruptionException e) {
      problem("CORRUPT " + e.getMessage());
    }
  }

  private void nameWaits(StorageSnapshot at) {
    try (StorageIterator it = storage.iterate(Family.WAITS, null, null, at, true)) {
      for (it.first(); it.isValid(); it.next()) {
        if (storage.get(Family.RECORDS, it.key(), at) == null) {
          problem("ordinal " + Keys.number(it.key()) + " is kept as waiting, but there is no task");
        }
      }
    }
  }

  private Task decode(long ordinal, byte[] value) {
    try {
      return codec.decode(value);
    } catch (TaskStoreException e) {
      problem("CORRUPT record " + ordinal + ": " + e.getMessage());
      return null;
    }
  }

  private void ids(StorageSnapshot at, Sum wanted) {
    compare(
        wanted,
        () -> storage.iterate(Family.IDS, null, null, at, true),
        "verify ids",
        it -> Keys.number(it.value()),
        () -> nameIds(at));
  }

  private void archive(StorageSnapshot at) {
    try (StorageIterator it = storage.iterate(Family.ARCHIVE, null, null, at, true)) {
      for (it.first(); it.isValid(); it.next()) {
        archived(at, it.key(), it.value());
        step("verify archive");
      }
    } catch (CorruptionException e) {
      problem("CORRUPT archive: " + e.getMessage());
    }
  }

  private void archived(StorageSnapshot at, byte[] key, byte[] value) {
    String id = new String(key, java.nio.charset.StandardCharsets.UTF_8);
    try {
      if (!codec.decode(value).id().equals(id)) {
        problem("the archive has another task under id " + id);
      } else if (storage.get(Family.IDS, key, at) != null) {
        problem("task " + id + " is in the store and in the archive");
      }
    } catch (TaskStoreException e) {
      problem("CORRUPT archive, id " + id + ": " + e.getMessage());
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
    compare(
        wanted,
        () -> storage.iterate(Family.ORDERED, lower, upper, at, true),
        "verify index " + entry.spec().name(),
        it -> 0,
        () -> nameOrdered(at, entry, lower, upper));
  }

  private void nameOrdered(
      StorageSnapshot at, IndexCatalog.Entry entry, byte[] lower, byte[] upper) {
    String name = entry.spec().name();
    try (StorageIterator it = storage.iterate(Family.ORDERED, lower, upper, at, true)) {
      for (it.first(); it.isValid(); it.next()) {
        long ordinal = OrderedEntries.ordinal(entry, it.key());
        byte[] record = storage.get(Family.RECORDS, Keys.number(ordinal), at);
        if (record == null
            || !belongs(at, entry, codec.indexed(record), ordinal)
            || !Arrays.equals(
                it.key(), OrderedEntries.key(entry, codec.indexed(record), ordinal))) {
          problem("index " + name + " has an entry that task ordinal " + ordinal + " lacks");
        }
      }
    }
    try (StorageIterator it = storage.iterate(Family.RECORDS, null, null, at, true)) {
      for (it.first(); it.isValid(); it.next()) {
        IndexedFields fields = codec.indexed(it.value());
        long ordinal = Keys.number(it.key());
        byte[] key = OrderedEntries.key(entry, fields, ordinal);
        if (belongs(at, entry, fields, ordinal) && storage.get(Family.ORDERED, key, at) == null) {
          problem("index " + name + " lacks the entry of task " + fields.id());
        }
      }
    }
  }

  private boolean belongs(
      StorageSnapshot at, IndexCatalog.Entry entry, IndexedFields fields, long ordinal) {
    return !entry.isOfReady()
        || fields
            .withWaits(Waits.decode(storage.get(Family.WAITS, Keys.number(ordinal), at)))
            .isReady();
  }

  private record Term(int field, ByteBuffer value) {}

  /** Compares posting lists and projections with the records; no commit may run meanwhile. */
  public void postings(PostingIndex index, IndexCatalog catalog, long total) {
    Map<Term, long[]> wanted = new HashMap<>();
    long[] row = new long[Terms.COLUMN_WIDTHS.size()];
    long[] found = new long[row.length];
    long rows = 0;
    try (StorageIterator it = storage.iterate(Family.RECORDS, null, null, null, true);
        WaitsWalk waits = new WaitsWalk(storage, null)) {
      for (it.first(); it.isValid(); it.next()) {
        long ordinal = Keys.number(it.key());
        IndexedFields fields = codec.indexed(it.value());
        Terms.Sink check =
            (field, value) -> {
              wanted
                  .computeIfAbsent(new Term(field, ByteBuffer.wrap(value)), t -> new long[1])[0]++;
              entries++;
              if (!index.term(field, value).contains(ordinal)) {
                problem(
                    "task " + fields.id() + " is missing from a posting list of field " + field);
              }
            };
        Terms.forEach(fields, catalog, check);
        if (fields.withWaits(waits.of(ordinal)).isReady()) {
          check.term(Terms.READY, Terms.READY_TERM);
        }
        Terms.row(fields, index, row);
        if (!index.row(ordinal, found) || !Arrays.equals(row, found)) {
          problem("the projection of task " + fields.id() + " differs from its record");
        }
        led(index, row[Terms.COLUMN_ID], ordinal, fields.id());
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
    indexes += notCompared.size();
    notCompared = List.of();
  }

  /** What reads believe of a key: that it has no row, and of one id's key which row it is. */
  private void led(PostingIndex index, long key, long ordinal, String id) {
    long at = index.find(key);
    if (at == PostingIndex.NO_ROW || (at >= 0 && at != ordinal && IdKeys.isWhole(key))) {
      problem("the id of task " + id + " is not led to its row");
    }
  }

  private void cardinalities(PostingIndex index, IndexCatalog catalog, Map<Term, long[]> wanted) {
    List<Integer> fields = new ArrayList<>();
    for (int f = Terms.EXISTS; f <= Terms.LAST_BUILT_IN; f++) {
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
    return new VerifyReport(
        sequence, tasks, entries, indexes, notCompared, deep, problems, problemCount);
  }
}
