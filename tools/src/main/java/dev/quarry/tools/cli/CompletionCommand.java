package dev.quarry.tools.cli;

import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Parameters;

/** Prints a completion script for a shell. */
@Command(
    description = {
      "Print a completion script:",
      "  source <(quarry completion bash)",
      "  source <(quarry completion zsh)",
      "  quarry completion fish | source"
    })
final class CompletionCommand extends BaseCommand {
  @Parameters(paramLabel = "SHELL", description = "bash, zsh or fish.")
  String shell;

  @Override
  int run(Session session) {
    CommandLine all = Cli.commandLine(new RootCommand(), null);
    switch (shell) {
      // the script of picocli turns bash completion on in zsh by itself
      case "bash", "zsh" -> session.out().write(AutoComplete.bash("quarry", all));
      case "fish" -> session.out().write(fish(all));
      default ->
          throw CliException.usage("unknown shell `" + shell + "`; it is one of bash, zsh, fish");
    }
    return ExitCode.OK;
  }

  private static String fish(CommandLine all) {
    StringBuilder text = new StringBuilder("complete -c quarry -f\n");
    for (CommandTable.Entry entry : CommandTable.entries()) {
      text.append("complete -c quarry -n __fish_use_subcommand -a ")
          .append(entry.name())
          .append(" -d ")
          .append(quote(entry.summary()))
          .append('\n');
      CommandLine command = all.getSubcommands().get(entry.name());
      for (OptionSpec option : command.getCommandSpec().options()) {
        text.append("complete -c quarry -n '__fish_seen_subcommand_from ")
            .append(entry.name())
            .append('\'');
        for (String name : option.names()) {
          text.append(name.startsWith("--") ? " -l " : " -s ").append(name.replaceFirst("^-+", ""));
        }
        if (option.arity().max() > 0) {
          text.append(" -r");
        }
        String[] description = option.description();
        text.append(" -d ")
            .append(quote(description.length == 0 ? "" : description[0]))
            .append('\n');
      }
    }
    return text.toString();
  }

  private static String quote(String text) {
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
  }
}
