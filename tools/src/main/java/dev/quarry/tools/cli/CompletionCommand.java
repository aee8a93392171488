package dev.quarry.tools.cli;

import picocli.CommandLine.Command;
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
    CompletionScript script = new CompletionScript(Cli.commandLine(new RootCommand(), null));
    session
        .out()
        .write(
            switch (shell) {
              case "bash" -> script.bash();
              case "zsh" -> script.zsh();
              case "fish" -> script.fish();
              default ->
                  throw CliException.usage(
                      "unknown shell `" + shell + "`; it is one of bash, zsh, fish");
            });
    return ExitCode.OK;
  }
}
