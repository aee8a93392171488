package dev.quarry.tools.cli;

import dev.quarry.TaskStore;
import dev.quarry.tools.importing.DanglingPolicy;
import dev.quarry.tools.importing.DuplicatePolicy;
import dev.quarry.tools.importing.ImportOptions;
import dev.quarry.tools.importing.ImportReport;
import dev.quarry.tools.importing.ImportSource;
import dev.quarry.tools.importing.ImportTarget;
import dev.quarry.tools.importing.Importer;
import dev.quarry.tools.render.Output;
import dev.quarry.tools.render.OutputFormat;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Reads tasks from files of other tools. */
@Command(
    description = {
      "Read tasks from files of other tools. What is in the store already as the file has it is",
      "not written again. --format behind the command is that of the file; before the command,",
      "as in `quarry --format json import FILE`, it is that of the report."
    })
final class ImportCommand extends BaseCommand {
  /** Of the report, in its order. */
  static final List<String> FIELDS =
      List.of(
          "format",
          "dry_run",
          "aborted",
          "files",
          "records",
          "created",
          "updated",
          "unchanged",
          "skipped",
          "failed",
          "stubs",
          "details",
          "statuses",
          "attributes",
          "mapped_ids",
          "dangling_count",
          "dangling",
          "lost",
          "error_count",
          "errors",
          "warning_count",
          "warnings");

  @Parameters(
      arity = "1..*",
      paramLabel = "SOURCE",
      description = "Files or folders; - for standard input.")
  List<String> sources;

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      description =
          "md, json, jsonl, beads, csv, tsv, yaml, task-master, taskwarrior or todo.txt;"
              + " default by name and content.")
  String format;

  @Option(names = "--strict", description = "Stop at the first error.")
  boolean strict;

  @Option(
      names = "--duplicates",
      paramLabel = "POLICY",
      description = "What if the id is taken: update, skip, fail or new-id; default update.")
  String duplicates;

  @Option(
      names = "--dangling",
      paramLabel = "POLICY",
      description =
          "What if a task waits for one that is nowhere: allow, skip, stub or strict;"
              + " default allow.")
  String dangling;

  @Mixin ReadingOptions reading = new ReadingOptions();

  @Mixin DestructiveOptions destructive = new DestructiveOptions();

  @Override
  int run(Session session) {
    session.checkFieldsOf(FIELDS);
    ImportOptions options = options(session);
    for (String source : sources) {
      Path path = session.terminal().resolve(Path.of(source));
      if (!source.equals("-") && !Files.exists(path)) {
        throw CliException.usage("no such file or folder: " + source);
      }
    }
    return destructive.dryRun
        ? session.read(store -> importAll(session, store, options))
        : session.writeOrCreate(store -> importAll(session, store, options));
  }

  private int importAll(Session session, TaskStore store, ImportOptions options) {
    boolean clean = true;
    CliException untold = null;
    for (int i = 0; i < sources.size(); i++) {
      String source = sources.get(i);
      ImportReport report;
      try (Progress progress = session.progress()) {
        report = Importer.run(source(session, source), options, ImportTarget.of(store), progress);
      }
      clean &= report.isClean();
      try {
        print(session, report);
        session.out().flush();
      } catch (CliException e) {
        untold = e; // this source is done; those behind it are imported all the same
      } catch (Output.WriteFailedException e) {
        if (clean && i == sources.size() - 1) {
          throw e; // all is done, so nothing is lost to whom closed it
        }
        throw Failures.unread(
            e, "import was at " + source, "import it again, with what stands behind it");
      }
      if (report.aborted()) {
        break;
      }
    }
    if (untold != null) {
      throw untold;
    }
    return clean ? ExitCode.OK : ExitCode.NEGATIVE;
  }

  private static ImportSource source(Session session, String source) {
    return source.equals("-")
        ? ImportSource.of("-", session.terminal().in())
        : ImportSource.of(session.terminal().resolve(Path.of(source)));
  }

  private static void print(Session session, ImportReport report) {
    boolean inWords = session.isInWords();
    if (!inWords) {
      session.printRecord(record(report));
    }
    if (session.format() != OutputFormat.TABLE) {
      return;
    }
    for (String line : report.lines()) {
      if (line.startsWith("error: ") || line.endsWith(" more errors")) {
        session.error(line);
      } else if (line.startsWith("warning: ") || line.endsWith(" more warnings")) {
        session.note(line);
      } else if (inWords) {
        session.out().line(line);
      }
    }
  }

  private static Map<String, Object> record(ImportReport report) {
    Map<String, Object> record = new LinkedHashMap<>();
    record.put("format", report.format() == null ? null : report.format().label());
    record.put("dry_run", report.dryRun());
    record.put("aborted", report.aborted());
    record.put("files", report.files());
    record.put("records", report.records());
    record.put("created", report.created());
    record.put("updated", report.updated());
    record.put("unchanged", report.unchanged());
    record.put("skipped", report.skipped());
    record.put("failed", report.failed());
    record.put("stubs", report.stubs());
    record.put("details", report.details());
    record.put(
        "statuses",
        report.statuses().stream()
            .map(s -> Map.of("word", s.word(), "status", s.status(), "count", s.count()))
            .toList());
    record.put("attributes", report.attributes());
    record.put("mapped_ids", report.mappedIds());
    record.put("dangling_count", report.danglingCount());
    record.put("dangling", report.dangling());
    record.put("lost", report.lost());
    record.put("error_count", report.errorCount());
    record.put("errors", report.errors().stream().map(Object::toString).toList());
    record.put("warning_count", report.warningCount());
    record.put("warnings", report.warnings().stream().map(Object::toString).toList());
    return record;
  }

  private ImportOptions options(Session session) {
    ImportOptions options =
        reading
            .options(session)
            .withFormat(format == null ? null : ReadingOptions.format(format))
            .withDryRun(destructive.dryRun)
            .withStrict(strict);
    if (duplicates != null) {
      options =
          options.withDuplicates(Inputs.word(DuplicatePolicy.class, "--duplicates", duplicates));
    }
    return dangling == null
        ? options
        : options.withDangling(Inputs.word(DanglingPolicy.class, "--dangling", dangling));
  }
}
