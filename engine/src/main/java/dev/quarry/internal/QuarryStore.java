package dev.quarry.internal;

import dev.quarry.AsyncWrites;
import dev.quarry.BackupInfo;
import dev.quarry.BulkResult;
import dev.quarry.IndexInfo;
import dev.quarry.IndexSpec;
import dev.quarry.Job;
import dev.quarry.Page;
import dev.quarry.PageRequest;
import dev.quarry.ProgressListener;
import dev.quarry.RawRecord;
import dev.quarry.Snapshot;
import dev.quarry.Status;
import dev.quarry.StoreStats;
import dev.quarry.Task;
import dev.quarry.TaskStore;
import dev.quarry.VerifyReport;
import dev.quarry.WriteBatch;
import dev.quarry.change.Change;
import dev.quarry.change.Subscription;
import dev.quarry.change.Subscriptions;
import dev.quarry.change.WatchOptions;
import dev.quarry.internal.care.CareNotes;
import dev.quarry.internal.index.IndexCatalog;
import dev.quarry.internal.index.Terms;
import dev.quarry.internal.index.Verifier;
import dev.quarry.internal.lifecycle.Handle;
import dev.quarry.internal.lifecycle.Interrupts;
import dev.quarry.internal.lifecycle.OpenHandles;
import dev.quarry.internal.lifecycle.RateLimiter;
import dev.quarry.internal.read.Queries;
import dev.quarry.internal.read.Reads;
import dev.quarry.internal.write.Archive;
import dev.quarry.query.Field;
import dev.quarry.query.Query;
import dev.quarry.query.TaskFields;
import dev.quarry.work.Claims;
import dev.quarry.work.RetryPolicy;
import dev.quarry.work.TaskGraph;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.Flow;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/** The facade: takes a lease for each verb and hands it to the room that does it. */
final class QuarryStore extends ReaderVerbs implements TaskStore {
  final StoreParts parts;
  private final Claims claims;

  private final RateLimiter calls;

  QuarryStore(StoreParts parts) {
    this(parts, null);
    parts.start();
  }

  /** The store as one caller sees it, whose calls are counted where {@code calls} is not null. */
  private QuarryStore(StoreParts parts, RateLimiter calls) {
    super(parts.guard(), parts.handles(), parts.reads());
    this.parts = parts;
    this.calls = calls;
    this.claims = new StoreClaims(parts, this::countCall);
  }

  private void countCall() {
    if (calls != null) {
      calls.take();
    }
  }

  private <R> R leased(Supplier<R> work) {
    countCall();
    int lease = guard.enter();
    try {
      return parts.withCallbacks(work);
    } finally {
      guard.exit(lease);
    }
  }

  private <R> R write(Supplier<R> work) {
    parts.checkWritable();
    parts.gate.admit();
    return leased(work);
  }

  /** As {@link #write}, for what makes room on the disk or takes none. */
  private <R> R maintain(Supplier<R> work) {
    parts.checkWritable();
    parts.gate.admitDelete();
    return leased(work);
  }

  @Override
  <R> R query(Reads with, Function<Queries, R> work) {
    countCall();
    int lease = guard.enter();
    try {
      parts.refresh();
      return with.read(work);
    } finally {
      guard.exit(lease);
    }
  }

  @Override
  <R> R withCallbacks(Supplier<R> work) {
    return parts.withCallbacks(work);
  }

  @Override
  Reads.Pinned pin() {
    countCall();
    return pinNow();
  }

  private Reads.Pinned pinNow() {
    parts.refresh();
    return reads.pin();
  }

  @Override
  public Optional<Task> get(String id) {
    Objects.requireNonNull(id, "id");
    countCall();
    int lease = guard.enter();
    try {
      parts.refresh();
      return Optional.ofNullable(reads.get(id));
    } finally {
      guard.exit(lease);
    }
  }

  @Override
  public Optional<Status> statusOf(String id) {
    Objects.requireNonNull(id, "id");
    countCall();
    int lease = guard.enter();
    try {
      parts.refresh();
      return Optional.ofNullable(reads.statusOf(id));
    } finally {
      guard.exit(lease);
    }
  }

  @Override
  public Task insert(Task task) {
    return write(() -> parts.writes().insert(task));
  }

  @Override
  public Task put(Task task) {
    return write(() -> parts.writes().put(task));
  }

  @Override
  public Task replace(Task task, long expectedVersion) {
    return write(() -> parts.writes().replace(task, expectedVersion));
  }

  @Override
  public Task update(String id, UnaryOperator<Task> change) {
    return write(() -> parts.writes().update(id, change));
  }

  @Override
  public OptionalLong delete(String id) {
    return maintain(() -> parts.writes().delete(id));
  }

  @Override
  public BulkResult insertAll(Collection<Task> tasks) {
    return write(() -> parts.writes().insertAll(tasks));
  }

  @Override
  public BulkResult setStatus(Collection<String> ids, Status status) {
    return write(() -> parts.writes().setStatus(ids, status));
  }

  @Override
  public WriteBatch newBatch() {
    return maintain(() -> new StoreBatch(guard, parts.writes(), parts::withCallbacks, parts.gate));
  }

  @Override
  public long sequence() {
    return leased(
        () -> {
          parts.refresh();
          return parts.head().sequence();
        });
  }

  @Override
  public Snapshot snapshot() {
    return leased(
        () -> {
          Reads.Pinned pinned = handles.admit(OpenHandles.SNAPSHOT, this::pinNow);
          Handle handle = handles.open(OpenHandles.SNAPSHOT, pinned::close);
          StoreSnapshot snapshot =
              new StoreSnapshot(guard, handles, reads, pinned, handle, parts::withCallbacks);
          handles.watch(snapshot, handle);
          return snapshot;
        });
  }

  @Override
  public void sync() {
    maintain(
        () -> {
          parts.writes().sync();
          return null;
        });
  }

  @Override
  public TaskGraph graph() {
    return new StoreGraph(
        work ->
            leased(
                () -> {
                  try (Reads.Pinned pinned = pinNow()) {
                    return work.apply(reads.graph(pinned));
                  }
                }));
  }

  @Override
  public List<IndexInfo> indexes() {
    return leased(
        () -> {
          parts.refresh();
          List<IndexInfo> infos = new ArrayList<>();
          infos.add(builtIn(IndexSpec.ordered("id", TaskFields.ID.ascending())));
          for (Field<?> field : Terms.POSTED) {
            infos.add(builtIn(IndexSpec.equality(field.name(), field)));
          }
          for (IndexCatalog.Entry entry : parts.catalog().entries()) {
            infos.add(new IndexInfo(entry.spec(), entry.state(), entry.builtIn()));
          }
          return infos;
        });
  }

  private static IndexInfo builtIn(IndexSpec spec) {
    return new IndexInfo(spec, IndexInfo.State.READABLE, true);
  }

  @Override
  public void createIndex(IndexSpec spec, ProgressListener progress) {
    write(
        () -> {
          parts.admin().create(spec, progress);
          return null;
        });
  }

  @Override
  public boolean dropIndex(String name) {
    return maintain(() -> parts.admin().drop(name));
  }

  @Override
  public void rebuildIndexes(ProgressListener progress) {
    write(
        () -> {
          parts.admin().rebuild(progress);
          return null;
        });
  }

  @Override
  public VerifyReport verify(boolean deep, ProgressListener progress) {
    return leased(
        () -> {
          parts.refresh();
          Verifier verifier = new Verifier(parts.storage(), parts.codec(), progress);
          if (deep) {
            verifier.checksums();
          }
          VerifyReport report = parts.verify(verifier, deep);
          if (report.isOk() && !parts.isReadOnly()) {
            noteCare(CareNotes.VERIFIED);
          }
          return report;
        });
  }

  @Override
  public StoreStats stats() {
    return leased(
        () -> {
          parts.refresh();
          return parts.stats();
        });
  }

  @Override
  public void compact() {
    maintain(
        () -> {
          parts.storage().flush();
          parts.storage().compact();
          return null;
        });
  }

  @Override
  public BackupInfo backup(Path backupDirectory) {
    return maintain(
        () -> {
          BackupInfo made = parts.copies().backup(backupDirectory);
          noteCare(CareNotes.BACKED_UP);
          return made;
        });
  }

  private void noteCare(String what) {
    if (parts.storage().isElsewhere()) {
      return; // it would be noted of another store
    }
    Instant now = parts.options.clock().instant();
    Interrupts.apart(
        "quarry-note",
        () -> {
          CareNotes.note(parts.directory(), what, now);
          return null;
        });
  }

  @Override
  public void checkpoint(Path target) {
    maintain(
        () -> {
          parts.copies().checkpoint(target);
          return null;
        });
  }

  @Override
  public void checkpoint(Path target, long sequence, ProgressListener progress) {
    maintain(
        () -> {
          parts.copies().checkpoint(target, sequence, progress);
          return null;
        });
  }

  @Override
  public void dump(Consumer<RawRecord> action) {
    leased(
        () -> {
          parts.refresh();
          try (Reads.Pinned pinned = reads.pin()) {
            new RecordDump(parts.storage(), parts.codec(), pinned.snapshot(), action)
                .run(parts.head().nextOrdinal());
          }
          return null;
        });
  }

  @Override
  public Subscription watch(WatchOptions options, Consumer<? super Change> listener) {
    return leased(
        () -> {
          parts.refresh();
          return parts.feed().watch(options, listener);
        });
  }

  @Override
  public AsyncWrites async(int capacity, AsyncWrites.Policy policy) {
    return write(() -> parts.async(capacity, policy));
  }

  @Override
  public BulkResult archive(Collection<String> ids) {
    return maintain(() -> parts.archive().archive(ids));
  }

  @Override
  public Job archive(Instant olderThan, Set<Status> statuses) {
    return maintain(() -> parts.job("archive", parts.archive().archive(olderThan, statuses)));
  }

  @Override
  public BulkResult restore(Collection<String> ids) {
    return write(() -> parts.archive().restore(ids));
  }

  @Override
  public BulkResult purge(Collection<String> ids) {
    return maintain(() -> parts.archive().purge(ids));
  }

  @Override
  public Job archive(Query query) {
    return maintain(() -> parts.job("archive", parts.archive().archive(query)));
  }

  @Override
  public Job restore(Query query) {
    return write(() -> parts.job("restore", parts.archive().restore(query)));
  }

  @Override
  public Job purge(Query query) {
    return maintain(() -> parts.job("purge", parts.archive().purge(query)));
  }

  @Override
  public Job purge(Instant olderThan) {
    return maintain(() -> parts.job("purge", parts.archive().purge(olderThan)));
  }

  @Override
  public Optional<Task> getArchived(String id) {
    Objects.requireNonNull(id, "id");
    return leased(
        () -> {
          parts.refresh();
          return Optional.ofNullable(Archive.get(parts.storage(), parts.codec(), id));
        });
  }

  @Override
  public Flow.Publisher<Change> changes(WatchOptions options) {
    return leased(() -> parts.feed().publisher(options));
  }

  @Override
  public Subscriptions subscriptions() {
    return leased(() -> parts.feed().subscriptions());
  }

  @Override
  public List<Change> changesAfter(long sequence, int limit) {
    return pinned(now -> parts.past().changesAfter(now, sequence, limit));
  }

  @Override
  public List<Change> history(String id, int limit) {
    return pinned(now -> parts.past().history(now, id, limit));
  }

  @Override
  public void diff(long from, long to, Consumer<? super Change> action) {
    pinned(
        now -> {
          parts.past().diff(now, from, to, action);
          return null;
        });
  }

  @Override
  public Snapshot asOf(long sequence) {
    return leased(() -> parts.past().asOf(reads, this::pinNow, now -> sequence));
  }

  @Override
  public Snapshot asOf(Instant time) {
    return leased(
        () -> parts.past().asOf(reads, this::pinNow, now -> parts.past().sequenceAt(now, time)));
  }

  @Override
  public long sequenceAt(Instant time) {
    return pinned(now -> parts.past().sequenceAt(now, time));
  }

  private <R> R pinned(Function<Reads.Pinned, R> work) {
    return leased(
        () -> {
          try (Reads.Pinned now = pinNow()) {
            return work.apply(now);
          }
        });
  }

  @Override
  public Optional<Task> undo(String id) {
    return write(() -> parts.undo().undo(() -> lastChange(id)));
  }

  private Change lastChange(String id) {
    try (Reads.Pinned now = pinNow()) {
      return parts.past().lastChange(now, id);
    }
  }

  @Override
  public List<Change> undo(long sequence) {
    return write(() -> parts.undo().undo(sequence));
  }

  @Override
  public List<Change> undoLast() {
    return write(() -> parts.undo().undoLast());
  }

  @Override
  public Page<Task> archived(Query query, PageRequest request) {
    return query(q -> q.archived(query, request));
  }

  @Override
  public Job updateAll(String name, Query query, int chunkSize, UnaryOperator<Task> change) {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(change, "change");
    return write(() -> parts.updateAll(name, query, chunkSize, change));
  }

  @Override
  public <R> R retrying(int attempts, Supplier<R> work) {
    return Retries.run(attempts, work);
  }

  @Override
  public <R> R retrying(RetryPolicy policy, Supplier<R> work) {
    return Retries.run(policy, work);
  }

  @Override
  public TaskStore as(String caller) {
    RateLimiter limiter = parts.callers.get(caller);
    if (limiter == null) {
      throw new IllegalArgumentException(
          "no limit is set for caller " + caller + "; set one with Limits.calls");
    }
    return new QuarryStore(parts, limiter);
  }

  @Override
  public Path directory() {
    return parts.directory();
  }

  @Override
  public boolean isReadOnly() {
    return parts.isReadOnly();
  }

  @Override
  public Claims claims() {
    return claims;
  }

  @Override
  public void close() {
    parts.close();
  }
}
