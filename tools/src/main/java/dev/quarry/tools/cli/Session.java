package dev.quarry.tools.cli;

import dev.quarry.OpenMode;
import dev.quarry.ProgressListener;
import dev.quarry.Snapshot;
import dev.quarry.StorageException;
import dev.quarry.StoreLockedException;
import dev.quarry.Task;
import dev.quarry.TaskReader;
import dev.quarry.TaskStore;
import dev.quarry.TaskStoreException;
import dev.quarry.TaskStoreOptions;
import dev.quarry.query.Query;
import dev.quarry.tools.config.Configuration;
import dev.quarry.tools.config.ConfigurationException;
import dev.quarry.tools.render.Column;
import dev.quarry.tools.render.Output;
import dev.quarry.tools.render.OutputFormat;
import dev.quarry.tools.render.RecordWriter;
import dev.quarry.tools.render.RowWriter;
import dev.quarry.tools.render.Style;
import dev.quarry.tools.render.TaskColumns;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.ToIntFunction;

/** One run of one command: its options, its output, its store. Used by one thread. */
final class Session {
  /** The variable that names a configuration file. */
  static final String CONFIG_VARIABLE = "QUARRY_CONFIG";

  private static final String DEFAULT_DB = "quarry-db";

  /** Up to here a scan of the records takes no longer than opening the index does. */
  private static final long SMALL_BYTES = 16L << 20;

  /** How long a writing command waits for another one, unless told otherwise. */
  static final Duration LOCK_PATIENCE = Duration.ofSeconds(2);

  private static final long LOCK_RETRY_NANOS = 50_000_000L;

  private static final String IN_THE_STORE =
      "quarry show prints a task, quarry tail what was committed last";

  private final Context context;
  private final SessionOptions options;
  private final Output out;
  private final List<String> lateNotes = new ArrayList<>();
  private Configuration configuration;

  /** Where to see what a command has done that writes; null of one that has written nothing. */
  private String whereToSee;

  private int exitCode = ExitCode.OK;
  private CliException failure;

  Session(Context context, SessionOptions options, Output out) {
    this.context = context;
    this.options = options;
    this.out = out;
  }

  /** A session whose output goes to a program, as JSON; see {@link SessionOptions#forJson}. */
  Session forJson(Output to, List<String> fields, long bytes) {
    return new Session(context, options.forJson(fields, bytes), to);
  }

  Terminal terminal() {
    return context.terminal();
  }

  Output out() {
    return out;
  }

  OutputFormat format() {
    return options.format();
  }

  boolean isFormatGiven() {
    return options.isFormatGiven();
  }

  /** Whether the outcome is told in words: no format for programs, and no fields chosen of it. */
  boolean isInWords() {
    return options.format() == OutputFormat.TABLE && options.fields().isEmpty();
  }

  Style style() {
    return options.style();
  }

  InstantSource clock() {
    return context.clock();
  }

  Instant now() {
    return context.clock().instant();
  }

  /** The moment that is looked at: that of {@code --at}, or now. */
  Instant moment() {
    if (options.at() == null) {
      return now();
    }
    Instant time = PastPoint.of("--at", options.at(), now()).time();
    if (time == null) {
      throw CliException.usage(
          "an age ends at a time, and --at " + options.at() + " names a commit; give --at a time");
    }
    return time;
  }

  List<String> fields() {
    return options.fields();
  }

  long maxBytes() {
    return options.maxBytes();
  }

  /**
   * Refuses {@code --fields} and {@code --max-bytes}, which a command would not heed.
   *
   * @param why what of it is as it is, as in "export, which writes whole tasks"
   */
  void refuseShortening(String why) {
    if (maxBytes() > 0 || !fields().isEmpty()) {
      String option = maxBytes() > 0 ? "--max-bytes" : "--fields";
      throw CliException.usage(option + " does not go with " + why);
    }
  }

  RowWriter.Settings settings() {
    return settings(options.format());
  }

  RowWriter.Settings settings(OutputFormat format) {
    int width = context.terminal().isOutTty() ? context.terminal().number("COLUMNS") : 0;
    return new RowWriter.Settings(format, options.style(), width, options.maxBytes());
  }

  /** A remark for people, on standard error. */
  void note(String text) {
    if (!options.quiet()) {
      out.flush();
      context.terminal().err().println(text);
    }
  }

  /** Something that went wrong though the command goes on, on standard error. */
  void error(String text) {
    out.flush();
    context.terminal().err().println(text);
  }

  /** A remark for people that belongs below the output. */
  void noteBelow(String text) {
    lateNotes.add(text);
  }

  void sayLateNotes() {
    lateNotes.forEach(this::note);
  }

  /** Progress on standard error where a person reads it. Close it. */
  Progress progress() {
    return options.quiet() || !context.terminal().isErrTty()
        ? Progress.SILENT
        : Progress.on(context.terminal().err());
  }

  /** The store's directory. */
  Path db() {
    Path db = options.db();
    if (db == null) {
      String variable = context.terminal().variable("QUARRY_DB");
      db = Path.of(variable == null ? DEFAULT_DB : variable);
    }
    return context.terminal().resolve(db);
  }

  boolean isDbGiven() {
    return options.db() != null;
  }

  /** The configuration file that is named, which need not be there, or null. */
  Path configFile() {
    Path file = options.config();
    if (file == null) {
      String variable = context.terminal().variable(CONFIG_VARIABLE);
      file = variable == null ? null : Path.of(variable);
    }
    return file == null ? null : context.terminal().resolve(file);
  }

  /** What a file and the environment set. */
  Configuration configuration() {
    if (configuration == null) {
      try {
        configuration =
            Configuration.of(configFile(), context.terminal().environment(), Words::nearest);
      } catch (ConfigurationException e) {
        throw CliException.usage(e.getMessage());
      }
    }
    return configuration;
  }

  TaskStore open(TaskStoreOptions storeOptions) {
    return context.opener().open(storeOptions);
  }

  /** Runs {@code action} on the store, opened in the way that answers soonest. */
  int read(ToIntFunction<TaskStore> action) {
    requireStore(db());
    try (TaskStore store = openSoonest()) {
      return action.applyAsInt(store);
    }
  }

  /**
   * Runs {@code action} on the store once leases and rests that are over have ended there. Which
   * tasks are ready is stored: while nobody has the store open for writing, none becomes so.
   */
  int readReady(ToIntFunction<TaskStore> action) {
    requireStore(db());
    try (TaskStore store = openSettled()) {
      return action.applyAsInt(store);
    }
  }

  /** Runs {@code action}, which asks this, on the store, or with {@code --at} as it was. */
  int view(Query query, ToIntFunction<TaskReader> action) {
    if (options.at() != null) {
      return readPast(action);
    }
    return ReadyTasks.isAskedIn(query.condition())
        ? readReady(action::applyAsInt)
        : read(action::applyAsInt);
  }

  /** The same, beside writers. */
  int viewBeside(ToIntFunction<TaskReader> action) {
    return options.at() == null ? readBeside(action::applyAsInt) : readPast(action);
  }

  private int readPast(ToIntFunction<TaskReader> action) {
    PastPoint point = PastPoint.of("--at", options.at(), now());
    return readBeside(
        store -> {
          try (Snapshot past = store.asOf(point.in(store))) {
            return action.applyAsInt(past);
          }
        });
  }

  /** Runs {@code action} on the store, opened beside writers: quick, and in nobody's way. */
  int readBeside(ToIntFunction<TaskStore> action) {
    requireStore(db());
    try (TaskStore store = openBeside()) {
      return action.applyAsInt(store);
    }
  }

  /** Runs {@code action} on the store with its off-heap index, unless a writer holds that. */
  int readWithIndex(ToIntFunction<TaskStore> action) {
    requireStore(db());
    try (TaskStore store = openWithIndex()) {
      return action.applyAsInt(store);
    }
  }

  /** Runs {@code action} on the store, opened for writing. */
  int write(ToIntFunction<TaskStore> action) {
    return write(action, LOCK_PATIENCE);
  }

  /** The same, waiting so long for another process that has the store. */
  int write(ToIntFunction<TaskStore> action, Duration patience) {
    requireStore(db());
    try (Progress progress = progress();
        TaskStore store = openForWriting(progress, patience)) {
      progress.pause();
      return action.applyAsInt(store);
    }
  }

  /** Runs {@code action} on the store, which is created where nothing is. */
  int writeOrCreate(ToIntFunction<TaskStore> action) {
    if (!StoreFacts.isStore(db()) && isEmpty(db())) {
      try (TaskStore store = open(optionsOf(OpenMode.CREATE, ProgressListener.NONE))) {
        begins(IN_THE_STORE);
        note("created " + store.directory());
        return action.applyAsInt(store);
      }
    }
    return write(action);
  }

  private TaskStore openSoonest() {
    return StoreFacts.dataBytes(db()) <= SMALL_BYTES ? openBeside() : openWithIndex();
  }

  private TaskStore openSettled() {
    if (!Files.isWritable(db())) {
      return openBeside();
    }
    TaskStore store;
    try (Progress progress = progress()) {
      store = open(optionsOf(OpenMode.OPEN, progress));
    } catch (StoreLockedException e) {
      return openSoonest(); // who has it ends them in time
    } catch (StorageException e) {
      sayUnsettled(e); // as on a device that is full: what was just refused is not tried again
      return openBeside();
    }
    try {
      store.claims().reapExpired();
    } catch (TaskStoreException e) {
      sayUnsettled(e);
    }
    return store;
  }

  private void sayUnsettled(TaskStoreException e) {
    note("note: leases that are over could not be ended: " + e.summary());
  }

  private TaskStore openBeside() {
    return open(optionsOf(OpenMode.READ_ONLY, ProgressListener.NONE));
  }

  private TaskStore openWithIndex() {
    if (!Files.isWritable(db())) {
      return openBeside();
    }
    try (Progress progress = progress()) {
      return open(optionsOf(OpenMode.OPEN, progress));
    } catch (StoreLockedException e) {
      note("note: the store is held" + Failures.holder(e) + "; reading beside it");
      return openBeside();
    }
  }

  /** Another command may hold the store for a moment, so this waits a little for it. */
  private TaskStore openForWriting(Progress progress, Duration patience) {
    begins(IN_THE_STORE);
    long giveUp = System.nanoTime() + patience.toNanos();
    while (true) {
      try {
        return open(optionsOf(OpenMode.OPEN, progress));
      } catch (StoreLockedException e) {
        if (System.nanoTime() - giveUp > 0) {
          throw e;
        }
        LockSupport.parkNanos(LOCK_RETRY_NANOS);
      }
    }
  }

  private TaskStoreOptions optionsOf(OpenMode mode, ProgressListener progress) {
    return optionsFor(db()).mode(mode).progress(progress).build();
  }

  /** Options of a store as they are configured. */
  TaskStoreOptions.Builder optionsFor(Path directory) {
    TaskStoreOptions.Builder builder = TaskStoreOptions.builder(directory);
    configuration().apply(builder);
    return builder.clock(context.clock());
  }

  /** Ends the command with exit code 3 unless there is a store at {@code directory}. */
  void requireStore(Path directory) {
    if (StoreFacts.isStore(directory)) {
      return;
    }
    String why;
    if (!Files.exists(directory)) {
      why = "there is no such directory";
    } else if (!Files.isDirectory(directory)) {
      why = "it is not a directory";
    } else {
      why = isEmpty(directory) ? "the directory is empty" : "the directory holds no store";
    }
    throw new CliException(
        ExitCode.NO_STORE,
        "no store at " + directory,
        why,
        "quarry init " + directory + ", or name another store with --db or QUARRY_DB");
  }

  /** Whether nothing is at {@code directory} that could be a store. */
  static boolean isEmpty(Path directory) {
    if (!Files.isDirectory(directory)) {
      return true;
    }
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
      return !entries.iterator().hasNext();
    } catch (IOException e) {
      throw new CliException(
          ExitCode.NO_STORE, "cannot read " + directory, e.toString(), "check its permissions");
    }
  }

  /** Whether a restore may go there: where nothing is, or one that was cut short. */
  static boolean takesRestore(Path directory) {
    return isEmpty(directory) || Files.exists(directory.resolve("quarry.unfinished"));
  }

  /**
   * Asks before something is destroyed; returns only if it shall be done.
   *
   * @param what what would be done, as in "delete 3 tasks"
   */
  void confirm(String what, DestructiveOptions destructive) {
    if (destructive.yes) {
      return;
    }
    Terminal terminal = context.terminal();
    if (!terminal.isInTty() || !terminal.isErrTty()) {
      throw new CliException(
          ExitCode.USAGE,
          "will not " + what + " unasked",
          "no question can be asked: this is not a terminal",
          "--yes to do it, --dry-run to see what would be done");
    }
    out.flush();
    terminal.err().print(what + "? [y/N] ");
    terminal.err().flush();
    String answer = Lines.readLine(terminal.in());
    if (answer == null || !answer.strip().toLowerCase(Locale.ROOT).startsWith("y")) {
      throw new CliException(ExitCode.NEGATIVE, "nothing was changed", null, null);
    }
  }

  /** The columns of tasks to show. */
  TaskColumns taskColumns() {
    if (options.fields().isEmpty()) {
      return TaskColumns.standard(options.format());
    }
    return chosenColumns();
  }

  /** The columns that {@code --fields} names. */
  TaskColumns chosenColumns() {
    try {
      return TaskColumns.of(options.fields());
    } catch (TaskColumns.UnknownFieldException e) {
      throw unknownField(e.field(), TaskColumns.names());
    }
  }

  static CliException unknownField(String field, List<String> names) {
    String nearest = Words.nearest(TaskColumns.canonical(field), names);
    return CliException.usage(
        "unknown field `"
            + field
            + "`; "
            + (nearest == null
                ? "it is one of " + String.join(", ", names)
                : "did you mean `" + nearest + "`?"));
  }

  /** Prints a task with these columns. */
  void printTask(TaskColumns columns, Task task) {
    if (!RecordWriter.write(out, settings(), columns.record(task))) {
      throw overBudget();
    }
  }

  /** Prints a record; with {@code --fields} only those. */
  void printRecord(Map<String, ?> record) {
    Map<String, ?> shown = record;
    if (!options.fields().isEmpty()) {
      Map<String, Object> chosen = new LinkedHashMap<>();
      for (String field : options.fields()) {
        if (!record.containsKey(field)) {
          throw unknownField(field, List.copyOf(record.keySet()));
        }
        chosen.put(field, record.get(field));
      }
      shown = chosen;
    }
    if (!RecordWriter.write(out, settings(), shown)) {
      throw overBudget();
    }
  }

  /** The columns of a task that was written: every one, or with {@code --fields} only those. */
  TaskColumns writtenColumns() {
    return options.fields().isEmpty() ? TaskColumns.all() : chosenColumns();
  }

  /** The same for a record of these fields. */
  void checkFieldsOf(List<String> names) {
    checkFields(names.stream().map(Column::text).toList());
  }

  /**
   * Refuses {@code --fields} that are none of these columns. For commands that write: what cannot
   * be printed is to be found before it is done.
   */
  void checkFields(List<Column> columns) {
    chosen(columns);
  }

  /** Which of these columns to show: with {@code --fields} only those, in that order. */
  List<Integer> chosen(List<Column> columns) {
    List<Integer> chosen = new ArrayList<>();
    List<String> names = columns.stream().map(Column::name).toList();
    for (String field : options.fields().isEmpty() ? names : options.fields()) {
      int index = names.indexOf(field);
      if (index < 0) {
        throw unknownField(field, names);
      }
      chosen.add(index);
    }
    return chosen;
  }

  /** Prints rows that have no pages; with {@code --fields} only those columns. */
  void printRows(List<Column> columns, List<? extends List<?>> rows) {
    StreamedRows printed = new StreamedRows(this, columns);
    rows.forEach(printed::row);
    printed.end();
  }

  /**
   * What is done from now on is done, though its outcome may not be printed.
   *
   * @param where where to see it, as advice
   */
  void begins(String where) {
    whereToSee = where;
  }

  /**
   * What the command has come to is known. It is the exit code even where the reader of the output
   * goes away before all is said, so this is called before what is found is printed.
   *
   * @return the same, for the command to end with
   */
  int comesTo(int code) {
    exitCode = code;
    return code;
  }

  /** The same of a command that prints something, and fails with this then. */
  int comesTo(CliException told) {
    failure = told;
    return comesTo(told.exitCode());
  }

  int exitCode() {
    return exitCode;
  }

  /** Throws what the command fails with, now that it has printed. */
  void checkFailure() {
    if (failure != null) {
      throw failure;
    }
  }

  CliException overBudget() {
    if (whereToSee != null) {
      return new CliException(
          ExitCode.LIMIT,
          "done, but the output does not fit into --max-bytes " + maxBytes(),
          "not even one row fits",
          "do not repeat it; " + whereToSee);
    }
    return new CliException(
        ExitCode.LIMIT,
        "the output does not fit into --max-bytes " + maxBytes(),
        "not even one row fits",
        "a larger --max-bytes, or fewer --fields, e.g. --fields id,title");
  }
}
