package dev.quarry.tools.cli;

import dev.quarry.Priority;
import dev.quarry.Status;
import dev.quarry.tools.render.TaskColumns;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/**
 * Writes completion scripts. A script finds the command by skipping options with their values, so a
 * store whose name is that of a command does no harm.
 */
final class CompletionScript {
  private static final Set<String> PATHS =
      Set.of("--db", "--config", "--output", "-o", "--token-file");
  private static final String BENCH = "load query stress concurrent trace feed";

  private final CommandLine root;
  private final Map<String, String> values = new LinkedHashMap<>();

  CompletionScript(CommandLine root) {
    this.root = root;
    values.put("--status|-s", lower(Status.values()));
    values.put("--priority|-p", lower(Priority.values()));
    values.put("--by|--fields", String.join(" ", TaskColumns.names()));
    values.put("--duplicates", "update skip fail new-id");
    values.put("--dangling", "allow skip stub strict");
  }

  String bash() {
    StringBuilder text = new StringBuilder();
    text.append("# completion of quarry for bash; in zsh it is loaded by way of bashcompinit\n");
    text.append("_quarry() {\n");
    text.append("  local cur=${COMP_WORDS[COMP_CWORD]} cmd= sub= option= words= word i\n");
    text.append("  [ \"$cur\" != = ] || cur=\n");
    text.append("  for ((i = 1; i < COMP_CWORD; i++)); do\n");
    text.append("    word=${COMP_WORDS[i]}\n");
    text.append("    [ \"$word\" != = ] || continue\n");
    text.append("    if [ -n \"$option\" ]; then option=; continue; fi\n");
    text.append("    case $word in\n");
    text.append("      ")
        .append(String.join("|", optionsWithValue()))
        .append(") option=$word ;;\n");
    text.append("      -*) ;;\n");
    text.append("      *) if [ -z \"$cmd\" ]; then cmd=$word; else sub=${sub:-$word}; fi ;;\n");
    text.append("    esac\n  done\n");
    text.append("  case $option in\n    '') ;;\n");
    text.append("    ").append(String.join("|", new TreeSet<>(PATHS)));
    text.append(") COMPREPLY=($(compgen -f -- \"$cur\")); return ;;\n");
    text.append("    --format) case $cmd in\n");
    text.append(
        "      import) words='md json jsonl beads csv tsv yaml task-master taskwarrior todo.txt' ;;\n");
    text.append("      export) words='jsonl json board csv md' ;;\n");
    text.append("      *) words='table json jsonl csv tsv md yaml raw' ;;\n    esac ;;\n");
    values.forEach(
        (options, list) ->
            text.append("    ").append(options).append(") words='").append(list).append("' ;;\n"));
    text.append("    *) return ;;\n  esac\n");
    text.append("  if [ -z \"$option\" ]; then\n    case $cmd:$cur in\n");
    text.append("      :-*) words='").append(optionNames(root)).append("' ;;\n");
    text.append("      :*) words='")
        .append(String.join(" ", CommandTable.names()))
        .append("' ;;\n");
    for (CommandTable.Entry entry : CommandTable.entries()) {
      CommandLine command = root.getSubcommands().get(entry.name());
      text.append("      ").append(entry.name()).append(":-*) words='");
      text.append(optionNames(command)).append("' ;;\n");
      String arguments = arguments(entry.name(), command);
      if (!arguments.isEmpty()) {
        text.append("      ").append(entry.name());
        text.append(":*) [ -n \"$sub\" ] || words='").append(arguments).append("' ;;\n");
      }
    }
    text.append("    esac\n  fi\n");
    text.append("  COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n}\n");
    text.append("complete -o default -F _quarry quarry\n");
    return text.toString();
  }

  String zsh() {
    return "autoload -U +X bashcompinit && bashcompinit\n" + bash();
  }

  String fish() {
    StringBuilder text = new StringBuilder("complete -c quarry -f\n");
    for (CommandTable.Entry entry : CommandTable.entries()) {
      text.append("complete -c quarry -n __fish_use_subcommand -a ")
          .append(entry.name())
          .append(" -d ")
          .append(quote(entry.summary()))
          .append('\n');
      CommandLine command = root.getSubcommands().get(entry.name());
      for (OptionSpec option : command.getCommandSpec().options()) {
        fish(text, entry.name(), option);
      }
    }
    return text.toString();
  }

  private static void fish(StringBuilder text, String command, OptionSpec option) {
    text.append("complete -c quarry -n '__fish_seen_subcommand_from ").append(command).append('\'');
    for (String name : option.names()) {
      text.append(name.startsWith("--") ? " -l " : " -s ").append(name.replaceFirst("^-+", ""));
    }
    if (option.arity().max() > 0) {
      text.append(" -r");
    }
    String[] description = option.description();
    text.append(" -d ").append(quote(description.length == 0 ? "" : description[0])).append('\n');
  }

  private static String arguments(String name, CommandLine command) {
    return switch (name) {
      case "help" -> String.join(" ", CommandTable.names());
      case "completion" -> "bash zsh fish";
      case "bench" -> BENCH;
      default -> String.join(" ", command.getSubcommands().keySet());
    };
  }

  private Set<String> optionsWithValue() {
    Set<String> names = new TreeSet<>();
    List<CommandLine> commands = new ArrayList<>(root.getSubcommands().values());
    commands.add(root);
    root.getSubcommands().values().forEach(c -> commands.addAll(c.getSubcommands().values()));
    for (CommandLine command : commands) {
      for (OptionSpec option : command.getCommandSpec().options()) {
        if (option.arity().max() > 0) {
          names.addAll(Arrays.asList(option.names()));
        }
      }
    }
    return names;
  }

  private static String optionNames(CommandLine command) {
    return command.getCommandSpec().options().stream()
        .flatMap(option -> Arrays.stream(option.names()))
        .filter(name -> name.startsWith("--"))
        .sorted()
        .collect(Collectors.joining(" "));
  }

  private static String lower(Enum<?>[] constants) {
    return Arrays.stream(constants)
        .map(constant -> constant.name().toLowerCase(Locale.ROOT))
        .collect(Collectors.joining(" "));
  }

  private static String quote(String text) {
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
  }
}
