package dev.quarry.tools.importing;

import dev.quarry.Status;
import dev.quarry.Task;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/**
 * One import: collects drafts into batches, compares each with what the target holds, writes what
 * differs and counts everything.
 *
 * <p>New tasks are written batch by batch. Changes of tasks that exist wait until the end, or until
 * they are many: where a source has an id twice, its first record differs from the stored task,
 * which is the last record, and only then is seen to be no change.
 */
final class ImportRun implements RecordSink {
  static final String FILES = "files";

  private static final int MOST_PROBLEMS = 1_000;
  private static final int MOST_IDS = 20;
  private static final long BATCH_CHARS = 4 << 20;
  private static final int MOST_UNRESOLVED = 1_000_000;

  /** Ends an import at its first error. */
  static final class StopException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    StopException(String message) {
      super(message);
    }
  }

  private final ImportOptions options;
  private final ImportTarget target;
  private final IdSet allIds;
  private final UnaryOperator<String> repair;
  private final ImportWriter writer;
  private final FileListener listener;

  private final IdSet seen = new IdSet();
  private final Map<String, TaskDraft> batch = new LinkedHashMap<>();
  private final List<Task> news = new ArrayList<>();

  /** The ids that records that name none would get; and those of them that they have. */
  private final IdSet unnamed = new IdSet();

  private final IdSet generated = new IdSet();

  /** The last number that an id has been given; none for an id that needs no second one. */
  private final Map<String, Integer> numbers = new HashMap<>();

  private final Set<String> repeated = new HashSet<>();
  private final IdSet replaced = new IdSet();
  private final Map<String, Long> unresolved = new LinkedHashMap<>();
  private long batchChars;

  private long records;
  private long created;
  private long updated;
  private long unchanged;
  private long skipped;
  private long failed;
  private long stubs;
  private long errorCount;
  private long warningCount;
  private long danglingCount;
  private boolean aborted;
  private final List<ImportProblem> errors = new ArrayList<>();
  private final List<ImportProblem> warnings = new ArrayList<>();
  private final Map<String, Map<Status, Long>> statuses = new TreeMap<>();
  private final Map<String, Long> attributes = new TreeMap<>();
  private final Map<String, String> mappedIds = new LinkedHashMap<>();
  private final Set<String> dangling = new LinkedHashSet<>();
  private final Map<String, Long> details = new LinkedHashMap<>();
  private final Map<String, Long> lost = new TreeMap<>();
  private final List<String> ids = new ArrayList<>();

  /**
   * A run.
   *
   * @param allIds the ids of the whole source, or null if it is read only once
   * @param listener is told what each file has
   */
  ImportRun(ImportOptions options, ImportTarget target, IdSet allIds, FileListener listener) {
    this.listener = listener;
    this.options = options;
    this.target = target;
    this.allIds = allIds;
    writer = new ImportWriter(options, target);
    repair = SourceIds.repair(options);
  }

  @Override
  public void accept(TaskDraft draft) {
    records++;
    String id = repair.apply(SourceIds.legal(draft.id));
    SourceIds.mapNamed(draft);
    if (!id.equals(draft.id)) {
      draft.keep("source.id", draft.id);
      mapped(draft.id, id);
    }
    if (draft.generatedId) {
      id = numbered(draft.file, id);
    } else if (batch.containsKey(id) && batch.get(id).generatedId) {
      makeRoom(id);
    } else if (generated.contains(id)) {
      id = besideGenerated(draft, id);
      if (id == null) {
        return;
      }
    } else if (batch.containsKey(id) || seen.contains(id)) {
      switch (options.duplicates()) {
        case SKIP -> {
          skip(draft, "its id " + id + " occurs twice; the first counts");
          return;
        }
        case FAIL -> {
          fail(draft, "its id " + id + " occurs twice");
          return;
        }
        case NEW_ID -> {
          id = nextId(id);
          mapped(draft.id, id);
        }
        case UPDATE -> supersede(draft, id);
      }
    }
    (draft.generatedId ? unnamed : seen).add(id); // one that is passed over takes none
    batch.put(id, draft);
    batchChars += size(draft);
    if (batch.size() >= options.batchSize() || batchChars >= BATCH_CHARS) {
      flushBatch();
    }
  }

  /**
   * The next number for an id that several records have been given, or that one names as its own.
   */
  private String numbered(String file, String first) {
    String id = first;
    while (isTaken(id) || listener.isElsewhere(file, id)) {
      id = numbered(first);
    }
    return id;
  }

  private String numbered(String id) {
    return id + "-" + numbers.merge(id, 2, (n, two) -> n + 1);
  }

  private boolean isTaken(String id) {
    return seen.contains(id) || unnamed.contains(id);
  }

  /** A record that names no id and is not yet written gives way to one that names what it got. */
  private void makeRoom(String id) {
    TaskDraft before = batch.remove(id);
    String next = numbered(before.file, repair.apply(SourceIds.legal(before.id)));
    unnamed.add(next);
    batch.put(next, before);
  }

  /** One that is written already does not: the id that the other gets, or null where it fails. */
  private String besideGenerated(TaskDraft draft, String id) {
    String why =
        "its id " + id + " went to a record before it that names none, and that is written already";
    if (options.duplicates() == DuplicatePolicy.FAIL) {
      fail(draft, why + "; give that one an id of its own in its file");
      return null;
    }
    String next = nextId(id);
    mapped(draft.id, next);
    warn(draft, why + "; it gets " + next + "; to keep its id, give that one an id in its file");
    return next;
  }

  private void supersede(TaskDraft draft, String id) {
    TaskDraft before = batch.remove(id);
    if (before == null) {
      repeated.add(id);
    } else {
      // its file has the task all the same, and keeps it when the other one goes
      listener.placed(before.file, id);
      skipped++;
    }
    warn(draft, "its id " + id + " occurs twice; the last counts");
  }

  private String nextId(String id) {
    String next = numbered(id);
    while (isTaken(next)) {
      next = numbered(id);
    }
    return next;
  }

  private void mapped(String from, String to) {
    if (mappedIds.size() < MOST_PROBLEMS) {
      mappedIds.put(from, to);
    }
  }

  private static long size(TaskDraft d) {
    long size = 200;
    size += d.description == null ? 0 : d.description.length();
    size += d.notes == null ? 0 : d.notes.length();
    for (String value : d.attributes.values()) {
      size += value.length();
    }
    return size;
  }

  private void flushBatch() {
    if (batch.isEmpty()) {
      return;
    }
    Map<String, Task> tasks = new LinkedHashMap<>();
    batch.forEach(
        (id, draft) -> {
          Task task = build(id, draft);
          if (task != null) {
            tasks.put(id, task);
          }
        });
    Map<String, TaskDraft> drafts = new HashMap<>(batch);
    batch.clear();
    batchChars = 0;
    target.expect(tasks.keySet());
    Found found = look(lookUps(tasks.values()));
    tasks.forEach((id, task) -> decide(drafts.get(id), task, found));
    writer.write(news);
    news.clear();
    if (writer.isFull()) {
      flushPending();
    }
  }

  private Task build(String id, TaskDraft draft) {
    try {
      return draft.build(id, repair);
    } catch (IllegalArgumentException e) {
      fail(draft, e.getMessage());
      return null;
    }
  }

  /** The ids to look up for tasks: their own, and of dependencies what the source lacks so far. */
  private Set<String> lookUps(Collection<Task> tasks) {
    Set<String> wanted = new LinkedHashSet<>();
    for (Task task : tasks) {
      wanted.add(task.id());
      if (allIds != null) {
        task.dependencies().stream().filter(d -> !allIds.contains(d)).forEach(wanted::add);
      }
    }
    return wanted;
  }

  /** What the target has of some ids. */
  private record Found(Map<String, Task> stored, Set<String> archived) {
    boolean has(String id) {
      return stored.containsKey(id) || archived.contains(id);
    }
  }

  private Found look(Collection<String> wanted) {
    Map<String, Task> stored = new HashMap<>();
    List<String> absent = new ArrayList<>();
    int i = 0;
    List<String> order = List.copyOf(wanted);
    for (Optional<Task> task : target.getAll(order)) {
      String id = order.get(i++);
      task.ifPresentOrElse(t -> stored.put(id, t), () -> absent.add(id));
    }
    return new Found(stored, target.archived(absent));
  }

  private void decide(TaskDraft draft, Task imported, Found found) {
    if (found.archived().contains(imported.id())) {
      // its id stays taken: the store would refuse the whole batch
      listener.leftInArchive(draft.file, imported.id());
      skip(draft, "its id " + imported.id() + " is in the archive; left there");
      return;
    }
    Task task = allIds == null ? imported : withoutDangling(draft, imported, found);
    if (task == null) {
      return;
    }
    Task before = found.stored().get(task.id());
    if (repeated.remove(task.id())) {
      if (writer.pends(task.id()) && !replaced.contains(task.id())) {
        // the earlier record is as if it had not been there
        writer.withdraw(task.id());
        updated--;
        skipped++;
      } else if (before != null || options.dryRun()) {
        again(task, before, draft);
        return;
      }
    }
    if (before == null) {
      created++;
      note(draft, task);
      news.add(task);
      return;
    }
    if (isUnchanged(task, before)) {
      unchanged++;
      note(draft, task);
      return;
    }
    switch (options.duplicates()) {
      case SKIP -> skip(draft, "its id " + task.id() + " is in the store; left as it is");
      case FAIL -> fail(draft, "its id " + task.id() + " is in the store with other content");
      case NEW_ID -> aside(draft, task);
      case UPDATE -> {
        updated++;
        note(draft, task);
        writer.pend(AsStored.forWriting(task, before), before, true);
      }
    }
  }

  /** What was cut to open a circle is missed only by a run that may put it back. */
  private boolean isUnchanged(Task task, Task before) {
    boolean restores = options.duplicates() == DuplicatePolicy.UPDATE && !options.dryRun();
    return AsStored.isSame(task, before) || (!restores && AsStored.isSameButCut(task, before));
  }

  /** A record whose id was counted before: it replaces that record, which counts as skipped. */
  private void again(Task task, Task before, TaskDraft draft) {
    skipped++;
    note(draft, task);
    replaced.add(task.id());
    writer.withdraw(task.id());
    if (before != null && !AsStored.isSame(task, before)) {
      writer.pend(AsStored.forWriting(task, before), before, false);
    }
  }

  private void aside(TaskDraft draft, Task task) {
    // those up to the last number are seen
    for (int n = numbers.getOrDefault(task.id(), 1) + 1; ; n++) {
      String id = task.id() + "-" + n;
      if (isTaken(id)) {
        continue;
      }
      Task copy = draft.build(id, repair);
      Found found = look(List.of(id));
      Task before = found.stored().get(id);
      boolean taken = before == null ? found.has(id) : !isUnchanged(copy, before);
      if (taken) {
        continue;
      }
      seen.add(id);
      mapped(task.id(), id);
      note(draft, copy);
      if (before == null) {
        created++;
        news.add(copy);
      } else {
        unchanged++;
      }
      return;
    }
  }

  private void flushPending() {
    long none = writer.flush();
    updated -= none;
    unchanged += none;
  }

  /** Applies {@code SKIP} and {@code STRICT}; null if the record failed. */
  private Task withoutDangling(TaskDraft draft, Task task, Found found) {
    List<String> missing =
        task.dependencies().stream().filter(d -> !allIds.contains(d) && !found.has(d)).toList();
    if (missing.isEmpty()) {
      return task;
    }
    danglingCount += missing.size();
    missing.stream().limit(MOST_PROBLEMS).forEach(dangling::add);
    if (options.dangling() == DanglingPolicy.STRICT) {
      fail(draft, "depends on " + String.join(", ", missing) + ", which is nowhere");
      return null;
    }
    List<String> rest = new ArrayList<>(task.dependencies());
    rest.removeAll(new HashSet<>(missing));
    return task.toBuilder()
        .dependencies(rest)
        .attribute("dependencies.dangling", String.join(", ", missing))
        .build();
  }

  /** Counts what was imported. */
  private void note(TaskDraft draft, Task task) {
    if (draft.generatedId) {
      generated.add(task.id());
      seen.add(task.id());
    }
    listener.placed(draft.file, task.id());
    if (ids.size() < MOST_IDS) {
      ids.add(task.id());
    }
    if (draft.statusWord != null) {
      String word = repair.apply(draft.statusWord);
      if (statuses.size() < MOST_PROBLEMS || statuses.containsKey(word)) {
        statuses.computeIfAbsent(word, w -> new TreeMap<>()).merge(task.status(), 1L, Long::sum);
      }
    }
    for (String name : task.attributes().keySet()) {
      if (attributes.size() < MOST_PROBLEMS || attributes.containsKey(name)) {
        attributes.merge(name, 1L, Long::sum);
      }
    }
    draft.warnings.forEach(w -> warn(draft, w));
    if (allIds == null) {
      for (String dependency : task.dependencies()) {
        if (!seen.contains(dependency)
            && (unresolved.size() < MOST_UNRESOLVED || unresolved.containsKey(dependency))) {
          unresolved.merge(dependency, 1L, Long::sum);
        }
      }
    }
  }

  private void skip(TaskDraft draft, String why) {
    skipped++;
    warn(draft, why);
  }

  private void warn(TaskDraft draft, String message) {
    warningCount++;
    if (warnings.size() < MOST_PROBLEMS) {
      warnings.add(new ImportProblem(draft.file, draft.line, 0, message));
    }
  }

  private void fail(TaskDraft draft, String message) {
    failed++;
    error(new ImportProblem(draft.file, draft.line, 0, message));
  }

  private void error(ImportProblem problem) {
    errorCount++;
    if (errors.size() < MOST_PROBLEMS) {
      errors.add(problem);
    }
    if (options.strict()) {
      throw new StopException(problem.toString());
    }
  }

  @Override
  public void failed(String file, long line, long column, String message) {
    records++;
    failed++;
    error(new ImportProblem(file, line, column, message));
  }

  @Override
  public void skipped(String file, long line) {
    listener.skipped(file, line);
    records++;
    skipped++;
  }

  @Override
  public void problem(String file, long line, long column, String message) {
    error(new ImportProblem(file, line, column, message));
  }

  @Override
  public void unreadable(String file, IOException e) {
    listener.unreadable(file);
    problem(file, 0, 0, "cannot be read: " + e);
  }

  @Override
  public void count(String detail, long n) {
    if (n != 0) {
      details.merge(detail, n, Long::sum);
    }
  }

  @Override
  public void lost(String field) {
    lost.merge(field, 1L, Long::sum);
  }

  /** Ends after the first error: what is not written yet stays so. */
  void abort() {
    aborted = true;
    batch.clear();
    created -= news.size();
    news.clear();
    updated -= writer.withdrawAll();
    // the rest of the batch, of which some were not even looked at
    skipped = records - created - updated - unchanged - failed;
  }

  /** Writes the rest and reports. */
  ImportReport finish(Format format) {
    try {
      flushBatch();
      flushPending();
      resolveDangling();
    } catch (StopException e) {
      abort();
    }
    long files = details.getOrDefault(FILES, 0L);
    details.remove(FILES);
    count(ImportReport.CIRCULAR, writer.circular());
    List<ImportReport.StatusMapping> words = new ArrayList<>();
    statuses.forEach(
        (word, counts) ->
            counts.forEach((s, n) -> words.add(new ImportReport.StatusMapping(word, s, n))));
    words.sort(Comparator.comparing(ImportReport.StatusMapping::status));
    return new ImportReport(
        format,
        options.dryRun(),
        aborted,
        files,
        records,
        created,
        updated,
        unchanged,
        skipped,
        failed,
        stubs,
        List.copyOf(errors),
        errorCount,
        List.copyOf(warnings),
        warningCount,
        List.copyOf(words),
        attributes,
        mappedIds,
        dangling.stream().limit(MOST_PROBLEMS).collect(Collectors.toList()),
        danglingCount,
        options.dangling(),
        details,
        lost,
        List.copyOf(ids));
  }

  /** Finds which dependencies are neither in the source nor in the store, and makes stubs. */
  private void resolveDangling() {
    if (aborted) {
      return;
    }
    List<String> open = unresolved.keySet().stream().filter(id -> !seen.contains(id)).toList();
    for (int i = 0; i < open.size(); i += options.batchSize()) {
      List<String> part = open.subList(i, Math.min(open.size(), i + options.batchSize()));
      Found found = look(part);
      List<Task> made = new ArrayList<>();
      for (String id : part) {
        if (found.has(id)) {
          continue;
        }
        danglingCount += unresolved.get(id);
        if (dangling.size() < MOST_PROBLEMS) {
          dangling.add(id);
        }
        if (options.dangling() == DanglingPolicy.STUB && SourceIds.legal(id).equals(id)) {
          made.add(Task.builder(id, id).attribute("import.stub", "true").build());
        }
      }
      stubs += made.size();
      writer.write(made);
    }
  }
}
