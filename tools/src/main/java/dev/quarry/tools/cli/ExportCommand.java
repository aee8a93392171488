package dev.quarry.tools.cli;

import dev.quarry.ProgressListener;
import dev.quarry.Task;
import dev.quarry.TaskReader;
import dev.quarry.TaskStore;
import dev.quarry.query.Query;
import dev.quarry.tools.exporting.ExportFormat;
import dev.quarry.tools.exporting.ExportOptions;
import dev.quarry.tools.exporting.Exporter;
import dev.quarry.tools.format.Packing;
import dev.quarry.tools.format.WholeFile;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Writes tasks for other tools. */
@Command(
    description = {
      "Write tasks for other tools, to standard output, a file or (as Markdown) a folder.",
      "What is written as jsonl, json, csv or md can be imported again without loss.",
      "Archived tasks are not in it: `quarry restore` brings them back, a backup has them all."
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
    session.refuseShortening("export, which writes whole tasks; list prints some of them");
    ExportFormat chosen = chosen(session);
    Query query = text == null ? Query.all() : Query.parse(text, session.clock());
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
    if (text == null && store instanceof TaskStore now && ArchivedIds.isAny(now)) {
      session.noteBelow("note: archived tasks are not in it; a backup has them (quarry backup)");
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
    AtomicLong count = new AtomicLong();
    WholeFile.Content content =
        raw -> {
          try (OutputStream out = new BufferedOutputStream(Packing.ofName(name).packing(raw))) {
            count.set(Exporter.export(tasks.iterator(), chosen, out, options));
          }
        };
    try {
      if (Files.exists(target, LinkOption.NOFOLLOW_LINKS)
          && !Files.isRegularFile(target, LinkOption.NOFOLLOW_LINKS)) {
        // a device, a pipe, a link: what it leads to
        try (OutputStream raw = Files.newOutputStream(target)) {
          content.writeTo(raw);
        }
      } else {
        WholeFile.write(target, content);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return count.get();
  }
}
