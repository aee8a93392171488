package dev.quarry.tools.cli;

import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Parameters;

/** Shows help. */
@Command
final class HelpCommand extends BaseCommand {
  @Parameters(arity = "0..*", paramLabel = "COMMAND", description = "The command.")
  String[] words;

  @Override
  int run(Session session) {
    if (words == null || words.length == 0) {
      session.out().write(overview());
      return ExitCode.OK;
    }
    CommandLine command = Cli.commandLine(new RootCommand(), null);
    for (String word : words) {
      command = command.getSubcommands().get(word);
      if (command == null) {
        throw CliException.plain(Cli.unknownCommand(word));
      }
    }
    session.out().write(usage(command));
    return ExitCode.OK;
  }

  static String usage(CommandLine command) {
    return command.getUsageMessage(Ansi.OFF);
  }

  /** All commands by group, and the options that all of them have. */
  static String overview() {
    StringBuilder text = new StringBuilder();
    text.append("quarry ").append(Version.number()).append(" - task store tool\n");
    text.append("Usage: quarry [OPTIONS] COMMAND [ARGUMENTS]\n");
    String group = "";
    for (CommandTable.Entry entry : CommandTable.entries()) {
      if (!entry.group().equals(group)) {
        group = entry.group();
        text.append('\n').append(group).append('\n');
      }
      text.append(String.format(Locale.ROOT, "  %-11s %s\n", entry.name(), entry.summary()));
    }
    text.append('\n').append("Options, before or after the command\n");
    option(text, "--db DIR", "the store; default $QUARRY_DB, else ./quarry-db");
    option(text, "--config FILE", "settings of the store; see quarry config show");
    option(text, "--format FORMAT", "table, json, jsonl, csv, tsv, md, yaml or raw; default table");
    option(text, "--fields NAMES", "these fields only, e.g. id,title,attr.team");
    option(text, "--max-bytes N", "at most N bytes of output, then where to go on");
    option(text, "--at TIME", "the store as it was; list, query, count, show and export have it");
    option(text, "--no-color", "no colour; NO_COLOR does the same");
    option(text, "--no-pager", "no pager");
    option(text, "-q, --quiet", "no remarks on standard error, only errors");
    text.append('\n').append("Exit codes\n");
    text.append("  0 ok  1 negative answer  2 usage  3 no store  4 locked  5 corruption\n");
    text.append("  6 newer format  7 conflict  8 time-out  9 out of space or over a limit\n");
    text.append("  130 interrupted\n");
    text.append('\n').append("`quarry help COMMAND` says more; `quarry demo` shows it all.\n");
    return text.toString();
  }

  private static void option(StringBuilder text, String names, String meaning) {
    text.append(String.format(Locale.ROOT, "  %-16s %s\n", names, meaning));
  }
}
