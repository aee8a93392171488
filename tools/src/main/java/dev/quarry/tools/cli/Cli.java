package dev.quarry.tools.cli;

import dev.quarry.TaskStore;
import dev.quarry.tools.render.Output;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** Parses the command line, runs the command and turns every outcome into an exit code. */
public final class Cli {
  private final Context context;

  Cli(Context context) {
    this.context = context;
  }

  /** The tool as a process runs it. */
  public static Cli ofProcess() {
    return new Cli(new Context(Terminal.ofProcess(), TaskStore::open, InstantSource.system()));
  }

  /** Runs one command line and returns the exit code. Throws nothing. */
  public int run(String... args) {
    try {
      return parseAndRun(args);
    } catch (Output.WriteFailedException e) {
      return outputFailed(e);
    } catch (RuntimeException | Error e) {
      return report(e);
    }
  }

  private int parseAndRun(String[] args) {
    if (args.length == 0) {
      context.terminal().err().println(Version.usageLine());
      return ExitCode.USAGE;
    }
    RootCommand root = new RootCommand();
    CommandLine line = commandLine(root, args);
    ParseResult result;
    try {
      result = line.parseArgs(args);
    } catch (ParameterException e) {
      throw usageError(e, root);
    }
    while (result.hasSubcommand()) {
      result = result.subcommand();
    }
    CommandLine found = result.commandSpec().commandLine();
    boolean isRoot = !(found.getCommand() instanceof BaseCommand);
    if (isRoot) {
      return runRoot(root);
    }
    BaseCommand command = found.getCommand();
    if (command.global.help) {
      return print(HelpCommand.usage(found));
    }
    return runCommand(root, command);
  }

  private int runRoot(RootCommand root) {
    if (root.version) {
      return print(Version.line() + "\n");
    }
    if (root.global.help) {
      return print(HelpCommand.overview());
    }
    context.terminal().err().println(Version.usageLine());
    return ExitCode.USAGE;
  }

  private int runCommand(RootCommand root, BaseCommand command) {
    Terminal terminal = context.terminal();
    SessionOptions options = SessionOptions.of(terminal, root, command);
    boolean paged =
        command.isPaged() && terminal.isOutTty() && !root.global.noPager && !command.global.noPager;
    return paged ? runPaged(options, command) : runPlain(options, command, terminal.out());
  }

  private int runPaged(SessionOptions options, BaseCommand command) {
    try (Pager pager = new Pager(context.terminal())) {
      return runPlain(options, command, pager);
    }
  }

  private int runPlain(SessionOptions options, BaseCommand command, OutputStream stream) {
    Output out = new Output(stream);
    Session session = new Session(context, options, out);
    try (out) {
      session.comesTo(command.run(session));
      out.flush(); // first: where that fails, both are told
      session.checkFailure();
    } catch (Output.WriteFailedException e) {
      if (session.exitCode() == ExitCode.OK) {
        throw e;
      }
      outputFailed(e);
      session.checkFailure();
      return session.exitCode(); // what was found or refused stays so, though nobody reads it
    }
    if (stream instanceof Pager pager) {
      pager.finish();
    }
    session.sayLateNotes();
    return session.exitCode();
  }

  private int print(String text) {
    try (Output out = new Output(context.terminal().out())) {
      out.write(text);
    }
    return ExitCode.OK;
  }

  /**
   * The parser. Only the commands that occur among the arguments are set up, since reading the
   * annotations of all takes longer than most commands; {@code args} null sets up all.
   */
  static CommandLine commandLine(RootCommand root, String[] args) {
    CommandLine line = new CommandLine(root);
    List<String> given = args == null ? null : Arrays.asList(args);
    for (CommandTable.Entry entry : CommandTable.entries()) {
      if (given == null || given.contains(entry.name())) {
        add(line, entry);
      }
    }
    // a title may begin with @, and quotes belong to the shell
    line.setExpandAtFiles(false);
    // a store may be called `demo`
    line.setAllowSubcommandsAsOptionParameters(true);
    line.setUsageHelpWidth(100);
    return line;
  }

  /** The parser of one command, for its help. */
  static CommandLine add(CommandLine line, CommandTable.Entry entry) {
    CommandLine command = new CommandLine(entry.factory().get());
    command.getCommandSpec().name(entry.name());
    command.getCommandSpec().usageMessage().abbreviateSynopsis(true);
    command
        .getSubcommands()
        .values()
        .forEach(sub -> sub.getCommandSpec().usageMessage().abbreviateSynopsis(true));
    if (command.getCommandSpec().usageMessage().description().length == 0) {
      command.getCommandSpec().usageMessage().description(entry.summary());
    }
    if (command.getCommand() instanceof BenchCommand) {
      // what follows is for another parser
      command.setStopAtPositional(true).setUnmatchedOptionsArePositionalParams(true);
    }
    line.addSubcommand(entry.name(), command);
    return command;
  }

  private static CliException usageError(ParameterException e, RootCommand root) {
    boolean atRoot = e.getCommandLine().getCommand() == root;
    if (e instanceof UnmatchedArgumentException unmatched) {
      String first = unmatched.getUnmatched().get(0);
      if (first.startsWith("-") && first.length() > 1) {
        return CliException.usage(unknownOption(first, e.getCommandLine()));
      }
      if (atRoot) {
        return CliException.plain(unknownCommand(first));
      }
      return CliException.usage(
          "unexpected argument `" + first + "`" + seeHelp(e.getCommandLine()));
    }
    String message = e.getMessage();
    String lower = message.substring(0, 1).toLowerCase(Locale.ROOT) + message.substring(1);
    return CliException.usage(
        lower.replace(System.lineSeparator(), " ") + seeHelp(e.getCommandLine()));
  }

  /** A word that is near no command may be a task's id, so that showing it was meant. */
  static String unknownCommand(String word) {
    String nearest = Words.nearest(word, CommandTable.names());
    return "Unknown command "
        + word
        + ". Did you mean: "
        + (nearest == null ? "show" : nearest)
        + "?";
  }

  private static String unknownOption(String option, CommandLine command) {
    String name = option.replaceFirst("=.*", "");
    String nearest = Words.nearest(name, command.getCommandSpec().optionsMap().keySet());
    return "unknown option "
        + name
        + (nearest == null ? seeHelp(command) : "; did you mean " + nearest + "?");
  }

  private static String seeHelp(CommandLine command) {
    return "; see " + command.getCommandSpec().qualifiedName() + " --help";
  }

  private int outputFailed(Output.WriteFailedException e) {
    String message = String.valueOf(e.getCause().getMessage());
    boolean closed =
        message.contains("Broken pipe")
            || message.contains("closed")
            || (!message.contains("space") && Terminal.isOutPipe());
    // whoever read the output has enough of it, as head does
    return closed ? ExitCode.OK : report(e);
  }

  private int report(Throwable failure) {
    CliException told = Failures.explain(failure);
    var err = context.terminal().err();
    err.println((told.isPlain() ? "" : "error: ") + told.getMessage());
    if (told.why() != null) {
      err.println("why: " + told.why());
    }
    if (told.next() != null) {
      err.println("next: " + told.next());
    }
    if (context.terminal().variable("QUARRY_DEBUG") != null) {
      StringWriter trace = new StringWriter();
      failure.printStackTrace(new PrintWriter(trace));
      err.print(trace);
    }
    err.flush();
    return told.exitCode();
  }
}
