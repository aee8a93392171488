package dev.quarry.tools.cli;

import dev.quarry.ProgressListener;
import dev.quarry.Task;
import dev.quarry.TaskReader;
import dev.quarry.query.Query;
import dev.quarry.tools.exporting.ExportFormat;
import dev.quarry.tools.exporting.ExportOptions;
import dev.quarry.tools.exporting.Exporter;
import dev.quarry.tools.format.Packing;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Writes tasks for other tools. */
@Command(
    description = {
      "Write tasks for other tools, to standard output, a file or (as Markdown) a folder.",
      "What is written as jsonl, json, csv or md can be imported again without loss."
    })
final class ExportCommand extends BaseCommand {
  @Parameters(arity = "0..1", paramLabel = "QUERY", description = "Which tasks; default all.")
  String text;

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      description = "jsonl, json, board, csv or md; default jsonl.")
  String format;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "PATH",
      description =
          "A file, compressed where its name ends in .gz or .zst; for md a folder with a file for"
              + " each task.")
  Path output;

  @Option(
      names = "--raw-formulas",
      description = "In CSV, leave text as it is that a spreadsheet would take for a formula.")
  boolean rawFormulas;

  @Override
  boolean readsThePast() {
    return true;
  }

  @Override
  int run(Session session) {
    ExportFormat chosen = chosen(session);
    Query query = text == null ? Query.all() : Query.parse(text);
    // an export of everything needs no index
    return text == null
        ? session.viewBeside(store -> export(session, store, query, chosen))
        : session.view(query, store -> export(session, store, query, chosen));
  }

  private ExportFormat chosen(Session session) {
    String label = format;
    if (label == null) {
      label = session.isFormatGiven() ? session.format().label() : "jsonl";
    }
    String wanted = label;
    return ExportFormat.byLabel(wanted)
        .orElseThrow(
            () ->
                CliException.usage(
                    "unknown export format `"
                        + wanted
                        + "`; it is one of "
                        + ExportFormat.labels()));
  }

  private int export(Session session, TaskReader store, Query query, ExportFormat chosen) {
    long count;
    try (Stream<Task> tasks = store.stream(query);
        Progress progress = output == null ? Progress.SILENT : session.progress()) {
      ExportOptions options = options(progress);
      if (output == null) {
        count = Exporter.export(tasks.iterator(), chosen, session.out().asStream(), options);
      } else {
        count = toPath(session, tasks, chosen, options);
      }
    }
    if (output != null) {
      session.note(count + (count == 1 ? " task" : " tasks") + " written to " + output);
    }
    return ExitCode.OK;
  }

  private ExportOptions options(ProgressListener progress) {
    return ExportOptions.defaults().withProgress(progress).withGuardFormulas(!rawFormulas);
  }

  private long toPath(
      Session session, Stream<Task> tasks, ExportFormat chosen, ExportOptions options) {
    Path target = session.terminal().resolve(output);
    String name = target.toString();
    if (chosen == ExportFormat.MARKDOWN && !Packing.plainName(name).endsWith(".md")) {
      return Exporter.exportFolder(tasks.iterator(), target, options);
    }
    try {
      if (Files.exists(target, LinkOption.NOFOLLOW_LINKS)
          && !Files.isRegularFile(target, LinkOption.NOFOLLOW_LINKS)) {
        return write(
            tasks, chosen, target, options, target); // a device, a pipe, a link: what it leads to
      }
      return toNewFile(tasks, chosen, target, options);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** An export that fails leaves what was there before, and nothing that looks whole. */
  private static long toNewFile(
      Stream<Task> tasks, ExportFormat chosen, Path target, ExportOptions options)
      throws IOException {
    Path part = target.resolveSibling("." + target.getFileName() + ".part");
    boolean done = false;
    try {
      long count = write(tasks, chosen, part, options, target);
      Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
      done = true;
      return count;
    } finally {
      if (!done) {
        Files.deleteIfExists(part);
      }
    }
  }

  private static long write(
      Stream<Task> tasks, ExportFormat chosen, Path file, ExportOptions options, Path named)
      throws IOException {
    Packing packing = Packing.ofName(named.toString());
    try (OutputStream raw = Files.newOutputStream(file);
        OutputStream out = new BufferedOutputStream(packing.packing(raw))) {
      return Exporter.export(tasks.iterator(), chosen, out, options);
    }
  }
}
