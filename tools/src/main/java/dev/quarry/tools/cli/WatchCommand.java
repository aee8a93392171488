package dev.quarry.tools.cli;

import dev.quarry.TaskStore;
import dev.quarry.tools.importing.Format;
import dev.quarry.tools.importing.ImportProblem;
import dev.quarry.tools.render.Column;
import dev.quarry.tools.render.Output;
import dev.quarry.tools.watching.FolderGoneException;
import dev.quarry.tools.watching.FolderMirror;
import dev.quarry.tools.watching.MirrorListener;
import dev.quarry.tools.watching.MirrorOptions;
import dev.quarry.tools.watching.MirrorPass;
import dev.quarry.tools.watching.RemovalPolicy;
import dev.quarry.tools.watching.WatchSource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Follows a folder of task files. */
@Command(
    description = {
      "Keep the store equal to a folder of task files, until interrupted: what is written, changed",
      "or removed there is so in the store within a second. The store is held meanwhile. When it",
      "starts, the files win over what is in the store; a file that was removed while nobody",
      "watched leaves its tasks. --format behind the command is that of the files."
    })
final class WatchCommand extends BaseCommand {
  /** More than this is a mistake; beyond some hundred years it could not even be counted. */
  private static final Duration LONGEST = Duration.ofDays(1);

  private static final List<Column> COLUMNS =
      List.of(
          Column.text("time"),
          Column.number("files"),
          Column.number("created"),
          Column.number("updated"),
          Column.number("removed"),
          Column.number("errors"));

  @Parameters(paramLabel = "DIR", description = "The folder, with all below it.")
  Path folder;

  @Option(
      names = "--format",
      split = ",",
      paramLabel = "FORMAT",
      description = "Formats of the files, as import has them, e.g. md,jsonl; default md.")
  List<String> formats;

  @Option(
      names = "--on-remove",
      paramLabel = "WHAT",
      description =
          "What becomes of the tasks of a file that goes: delete, archive or keep; default"
              + " delete.")
  String onRemove;

  @Option(
      names = "--settle",
      paramLabel = "TIME",
      description = "Read a file when its size and time stood still for so long; default 150ms.")
  String settle;

  @Option(
      names = "--poll",
      paramLabel = "TIME",
      description =
          "Look through the folder every so often instead of waiting for events, which network"
              + " drives do not have.")
  String poll;

  @Option(names = "--once", description = "Bring the store up to date, then end.")
  boolean once;

  @Mixin ReadingOptions reading = new ReadingOptions();

  @Override
  int run(Session session) {
    session.checkFields(COLUMNS);
    Path given = session.terminal().resolve(folder).toAbsolutePath().normalize();
    if (!Files.isDirectory(given)) {
      throw CliException.usage("no such folder: " + folder);
    }
    // no link is followed below, so where the folder is named by one, it is left behind here
    Path root = real(given);
    MirrorOptions options = options(session);
    Duration every = poll == null ? null : span("--poll", poll);
    try (Interruption interruption = Interruption.catching()) {
      int code =
          session.writeOrCreate(store -> watch(session, store, root, options, every, interruption));
      session.out().flush();
      interruption.endsWith(code);
      return code;
    }
  }

  private MirrorOptions options(Session session) {
    MirrorOptions defaults = MirrorOptions.defaults();
    List<Format> chosen =
        formats == null
            ? defaults.formats()
            : formats.stream().map(ReadingOptions::format).toList();
    RemovalPolicy removal =
        onRemove == null
            ? defaults.removal()
            : Inputs.word(RemovalPolicy.class, "--on-remove", onRemove);
    Duration still = settle == null ? defaults.settle() : span("--settle", settle);
    return new MirrorOptions(chosen, reading.options(session), removal, still);
  }

  private static Duration span(String option, String text) {
    Duration span = Inputs.duration(option, text);
    if (span.isZero()) {
      throw CliException.usage(option + " must be longer than nothing");
    }
    if (span.compareTo(LONGEST) > 0) {
      throw CliException.usage(option + " must be at most 1d, but is `" + text + "`");
    }
    return span;
  }

  private static Path real(Path path) {
    try {
      return path.toRealPath();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + path, e);
    }
  }

  private int watch(
      Session session,
      TaskStore store,
      Path root,
      MirrorOptions options,
      Duration every,
      Interruption interruption) {
    Path storeFolder = real(store.directory());
    Printer printer = new Printer(session);
    try (WatchSource source =
        every != null
            ? WatchSource.looking(every)
            : WatchSource.of(
                root, path -> FolderMirror.isFollowed(path, storeFolder), session::note)) {
      FolderMirror mirror =
          new FolderMirror(root, store, options, source, printer, System::nanoTime);
      try {
        mirror.rescan();
        if (!once) {
          String labels =
              options.formats().stream().map(Format::label).collect(Collectors.joining(", "));
          session.note("watching " + root + " (" + labels + "); Ctrl-C ends it");
        }
        follow(mirror, interruption);
      } catch (Output.WriteFailedException e) {
        throw Failures.unread(
            e,
            "the folder is watched no longer",
            "start the watch again, with its output in a file or /dev/null");
      }
      printer.end(mirror.files());
      if (once && !mirror.isIdle()) {
        return ExitCode.INTERRUPTED;
      }
    } catch (FolderGoneException e) {
      printer.endRows();
      throw new CliException(
          ExitCode.NEGATIVE,
          e.getMessage(),
          "it may be a drive that was unmounted, or moved; no task was removed for that",
          "bring it back and start the watch again");
    }
    return once && printer.total.errors() > 0 ? ExitCode.NEGATIVE : ExitCode.OK;
  }

  private void follow(FolderMirror mirror, Interruption interruption) {
    try {
      while (!interruption.isRequested() && !(once && mirror.isIdle())) {
        mirror.step();
      }
    } catch (InterruptedException e) {
      // that is what ends it; the store is closed as always, which an interrupt would disturb
    }
  }

  /** Prints each pass as it comes. */
  private static final class Printer implements MirrorListener {
    private final Session session;
    private final StreamedRows rows;
    private MirrorPass total = MirrorPass.NOTHING;

    Printer(Session session) {
      this.session = session;
      rows = StreamedRows.live(session, COLUMNS);
    }

    @Override
    public void pass(MirrorPass pass) {
      total = total.plus(pass);
      if (!pass.isWorthTelling()) {
        return;
      }
      if (session.isInWords()) {
        rows.line(session.now() + "  " + told(pass));
      } else {
        rows.row(
            List.of(
                session.now(),
                pass.files(),
                pass.created(),
                pass.updated(),
                pass.removed(),
                pass.errors()));
      }
      session.out().flush();
    }

    private static String told(MirrorPass pass) {
      return (pass.files() == 1 ? "1 file" : pass.files() + " files")
          + ": created "
          + pass.created()
          + ", updated "
          + pass.updated()
          + ", removed "
          + pass.removed()
          + ", errors "
          + pass.errors();
    }

    @Override
    public void error(ImportProblem problem) {
      session.error("error: " + problem);
      session.error("next: correct the file; it is read when it changes, till then its tasks stay");
    }

    @Override
    public void warning(ImportProblem problem) {
      session.note("warning: " + problem);
    }

    void endRows() {
      rows.finish(); // what did not fit is done all the same
      session.out().flush();
    }

    void end(int files) {
      endRows();
      session.note("watched " + files + (files == 1 ? " file: " : " files: ") + told(total));
    }
  }
}
