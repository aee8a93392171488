package dev.quarry;

import dev.quarry.query.Query;
import dev.quarry.query.TaskFields;
import dev.quarry.work.Claim;
import dev.quarry.work.RetryPolicy;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Does what may be logged, with tasks all of whose fields can be told from anything else. */
final class LoggedProgram {
  /** Stands in every text of every task, but for ids. */
  static final String CONTENT = "Xylograph";

  private LoggedProgram() {}

  private static Task task(int i) {
    return Task.builder("T-" + i, CONTENT + " title")
        .project(CONTENT + "P")
        .description(CONTENT + " description")
        .notes(CONTENT + " notes")
        .agent(CONTENT + "A")
        .assignee(CONTENT + "B")
        .tag(CONTENT + "T")
        .attribute(CONTENT + "K", CONTENT + "V")
        .build();
  }

  /** Reads, salvages and repairs what has lost a block of records. */
  private static void damaged(Path path) throws IOException {
    RecordTables.damageBlock(path);
    int refused = 0;
    try (TaskStore store = TaskStore.open(path)) {
      for (int i = 0; i < 100; i++) {
        try {
          store.get("T-" + i);
        } catch (CorruptionException e) {
          refused++;
        }
      }
      boolean found = !store.verify(true, ProgressListener.NONE).isOk();
      System.out.println("damage " + (refused > 0 && found));
    }
    long saved =
        TaskStore.salvage(path, path.resolveSibling("salvaged"), ProgressListener.NONE).tasks();
    SalvageReport report = TaskStore.repair(path, ProgressListener.NONE);
    System.out.println("repaired " + (report.tasks() == saved && !report.isComplete()));
  }

  @SuppressWarnings("resource") // left open on purpose
  public static void main(String[] arguments) throws IOException {
    List<AutoCloseable> leaked = new ArrayList<>();
    Path path = Path.of(arguments[0]);
    Path backups = path.resolveSibling("backups");
    TaskStoreOptions options = TaskStoreOptions.builder(path).leakDetection(true).build();
    try (TaskStore store = TaskStore.open(options)) {
      for (int i = 0; i < 100; i++) {
        store.insert(task(i));
      }
      store.watch(
          TaskFields.STATUS.is(Status.TODO),
          0,
          change -> {
            throw new IllegalStateException("the listener refuses " + change.id());
          });
      store.createIndex(
          IndexSpec.equality("own", TaskFields.attribute(CONTENT + "K")), ProgressListener.NONE);
      store.page(Query.where(TaskFields.AGENT.is(CONTENT + "A")), PageRequest.first(5));
      Claim claim = store.claims().next(CONTENT + "worker", Duration.ofMillis(1)).orElseThrow();
      store.claims().reapExpired();
      try {
        store.claims().fail(claim, CONTENT + " reason", RetryPolicy.once());
        System.out.println("in time");
      } catch (StaleClaimException e) {
        System.out.println("stale");
      }
      store.archive(List.of("T-1", "T-2"));
      store.rebuildIndexes(ProgressListener.NONE);
      leaked.add(store.snapshot());
      leaked.add(store.scan(Query.all(), ScanOptions.chunks(10)));
      store.delete("T-3");
      store.undo("T-3");
      store.compact(); // into a table, which can be damaged
      store.backup(backups);
    }
    TaskStore.restore(backups, path.resolveSibling("restored"));
    Backups.open(backups).restore(1, path.resolveSibling("earlier"), 50, ProgressListener.NONE);
    damaged(path);
    System.out.println("end " + leaked.size());
  }
}
