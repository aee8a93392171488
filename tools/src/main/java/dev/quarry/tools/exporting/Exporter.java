package dev.quarry.tools.exporting;

import dev.quarry.Task;
import dev.quarry.tools.format.Json;
import dev.quarry.tools.format.TaskJson;
import dev.quarry.tools.format.Utf8Writer;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Locale;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.exc.JacksonIOException;

/**
 * Writes tasks, one by one in the order given. The text depends on nothing but the tasks: the same
 * tasks give the same bytes on every machine.
 */
public final class Exporter {
  private static final int TELL_EVERY = 1_000;
  private static final Set<String> RESERVED_NAMES =
      Set.of("con", "prn", "aux", "nul", "com1", "com2", "com3", "com4", "lpt1", "lpt2", "lpt3");

  private Exporter() {}

  /** {@link #export(Iterator, ExportFormat, OutputStream, ExportOptions)} with default options. */
  public static long export(Iterator<Task> tasks, ExportFormat format, OutputStream out) {
    return export(tasks, format, out, ExportOptions.defaults());
  }

  /**
   * Writes tasks to a stream, which is flushed but not closed.
   *
   * @return how many there were
   * @throws UncheckedIOException if the stream fails
   */
  public static long export(
      Iterator<Task> tasks, ExportFormat format, OutputStream out, ExportOptions options) {
    Counting counted = new Counting(tasks, options);
    Utf8Writer writer = new Utf8Writer(out);
    try {
      switch (format) {
        case JSONL -> jsonl(counted, writer);
        case JSON -> json(counted, writer, false);
        case BOARD -> json(counted, writer, true);
        case CSV -> CsvTasks.write(counted, writer, options.guardFormulas());
        case MARKDOWN -> markdown(counted, writer);
      }
      writer.flush();
    } catch (JacksonIOException e) {
      throw new UncheckedIOException(e.getCause());
    } catch (JacksonException e) {
      throw new IllegalStateException("a task that JSON cannot hold", e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return counted.n;
  }

  /**
   * Writes each task as a Markdown file into a folder, which is made if it is not there. Files of
   * earlier exports are overwritten; others stay. The folder may be a symbolic link, which its
   * caller has named; a file in it may not, for its name comes from a task.
   *
   * @return how many there were
   */
  public static long exportFolder(Iterator<Task> tasks, Path folder, ExportOptions options) {
    Counting counted = new Counting(tasks, options);
    Set<String> taken = new HashSet<>();
    try {
      Files.createDirectories(folder);
      while (counted.hasNext()) {
        Task task = counted.next();
        Path file = folder.resolve(fileName(task.id(), taken));
        try (Utf8Writer writer = new Utf8Writer(newFile(file))) {
          writer.write(MarkdownTask.text(task, false));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return counted.n;
  }

  private static OutputStream newFile(Path file) throws IOException {
    if (Files.isSymbolicLink(file)) {
      throw new FileSystemException(
          file.toString(),
          null,
          "is a symbolic link, through which tasks are not written; remove it, or export to"
              + " another folder");
    }
    return Files.newOutputStream(
        file,
        StandardOpenOption.CREATE,
        StandardOpenOption.TRUNCATE_EXISTING,
        StandardOpenOption.WRITE,
        LinkOption.NOFOLLOW_LINKS); // also one that came between
  }

  /** A file name that every file system takes, and that no other id has in this folder. */
  static String fileName(String id, Set<String> taken) {
    StringBuilder safe = new StringBuilder();
    boolean changed = false;
    for (int i = 0; i < id.length() && safe.length() < 100; i++) {
      char c = id.charAt(i);
      boolean good = (c < 0x80 && Character.isLetterOrDigit(c)) || "-_. ".indexOf(c) >= 0;
      changed |= !good;
      safe.append(good ? c : '_');
    }
    String name = safe.toString();
    changed |= safe.length() < id.length() || !name.equals(name.strip());
    changed |= name.startsWith(".") || name.endsWith(".");
    String lower = name.toLowerCase(Locale.ROOT);
    int dot = lower.indexOf('.');
    changed |= RESERVED_NAMES.contains(dot < 0 ? lower : lower.substring(0, dot));
    changed |= !changed && !taken.add(lower);
    if (changed) {
      name = "_" + name.strip() + "-" + Integer.toHexString(id.hashCode()) + "-" + id.length();
      String base = name;
      for (int n = 2; !taken.add(name.toLowerCase(Locale.ROOT)); n++) {
        name = base + "-" + n;
      }
    }
    return name + ".md";
  }

  private static void jsonl(Iterator<Task> tasks, Utf8Writer writer) throws IOException {
    while (tasks.hasNext()) {
      try (JsonGenerator g = Json.generator(writer)) {
        TaskJson.write(g, tasks.next());
      }
      writer.write('\n');
    }
  }

  private static void json(Iterator<Task> tasks, Utf8Writer writer, boolean board)
      throws IOException {
    String before = "[\n";
    while (tasks.hasNext()) {
      writer.write(before);
      try (JsonGenerator g = Json.generator(writer)) {
        if (board) {
          BoardTask.write(g, tasks.next());
        } else {
          TaskJson.write(g, tasks.next());
        }
      }
      before = ",\n";
    }
    writer.write(before.equals(",\n") ? "\n]\n" : "[]\n");
  }

  private static void markdown(Iterator<Task> tasks, Utf8Writer writer) throws IOException {
    while (tasks.hasNext()) {
      writer.write(MarkdownTask.text(tasks.next(), true));
    }
  }

  /** Counts tasks and tells. */
  private static final class Counting implements Iterator<Task> {
    private final Iterator<Task> tasks;
    private final ExportOptions options;
    private long n;

    Counting(Iterator<Task> tasks, ExportOptions options) {
      this.tasks = tasks;
      this.options = options;
    }

    @Override
    public boolean hasNext() {
      return tasks.hasNext();
    }

    @Override
    public Task next() {
      Task task = tasks.next();
      if (task.isPartial()) {
        throw new IllegalArgumentException("task " + task.id() + " was read in part");
      }
      if (++n % TELL_EVERY == 0) {
        options.progress().progress("export", n, -1);
      }
      return task;
    }
  }
}
