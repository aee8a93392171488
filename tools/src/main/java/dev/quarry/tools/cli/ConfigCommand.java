package dev.quarry.tools.cli;

import dev.quarry.tools.config.Configuration;
import dev.quarry.tools.config.Setting;
import dev.quarry.tools.importing.ImportOptions;
import dev.quarry.tools.render.Column;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Command;

/** Shows the configuration. */
@Command(subcommands = ConfigCommand.Show.class)
final class ConfigCommand extends FormattedCommand {
  /** Variables that are no settings of a store. */
  private static final Set<String> OTHERS =
      Set.of(
          "QUARRY_DB",
          Session.CONFIG_VARIABLE,
          "QUARRY_DEBUG",
          "QUARRY_TTY",
          "QUARRY_JAVA_OPTS",
          "QUARRY_NO_BUILD");

  @Override
  int run(Session session) {
    return show(session);
  }

  private static int show(Session session) {
    Configuration configuration = session.configuration();
    List<List<Object>> rows = new ArrayList<>();
    rows.add(database(session));
    for (Setting setting : Setting.values()) {
      Object fallback = setting == Setting.BATCH_SIZE ? ImportOptions.defaults().batchSize() : null;
      Configuration.Entry entry = configuration.entry(setting, fallback);
      rows.add(
          Arrays.asList(
              setting.key(),
              entry.value(),
              entry.origin().name().toLowerCase(Locale.ROOT),
              entry.place(),
              setting.variable(),
              setting.meaning()));
    }
    session.printRows(
        List.of(
            Column.text("name"),
            Column.text("value"),
            Column.text("origin"),
            Column.text("place"),
            Column.text("variable"),
            Column.text("meaning")),
        rows);
    warnOfUnknownVariables(session);
    return ExitCode.OK;
  }

  private static List<Object> database(Session session) {
    boolean isVariable = session.terminal().variable("QUARRY_DB") != null;
    String origin = session.isDbGiven() ? "flag" : isVariable ? "environment" : "default";
    String place = session.isDbGiven() ? "--db" : isVariable ? "QUARRY_DB" : "";
    return List.of(
        "db", session.db().toString(), origin, place, "QUARRY_DB", "the store's directory");
  }

  private static void warnOfUnknownVariables(Session session) {
    Set<String> known =
        Stream.concat(OTHERS.stream(), Arrays.stream(Setting.values()).map(Setting::variable))
            .collect(Collectors.toSet());
    session.terminal().environment().keySet().stream()
        .filter(name -> name.startsWith("QUARRY_") && !known.contains(name))
        .sorted()
        .forEach(
            name -> {
              String nearest = Words.nearest(name, known);
              session.note(
                  "warning: the variable "
                      + name
                      + " sets nothing"
                      + (nearest == null ? "" : "; did you mean " + nearest + "?"));
            });
  }

  /** {@code config show}. */
  @Command(
      name = "show",
      description = {
        "Show every setting of a store with its value and where that comes from: the default, the",
        "file of --config or $QUARRY_CONFIG, or a variable of the environment, which wins."
      })
  static final class Show extends FormattedCommand {
    @Override
    int run(Session session) {
      return show(session);
    }
  }
}
