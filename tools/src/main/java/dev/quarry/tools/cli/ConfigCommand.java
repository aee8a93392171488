package dev.quarry.tools.cli;

import dev.quarry.tools.config.Configuration;
import dev.quarry.tools.config.ConfigurationException;
import dev.quarry.tools.config.ConfigurationFile;
import dev.quarry.tools.config.Setting;
import dev.quarry.tools.importing.ImportOptions;
import dev.quarry.tools.render.Column;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Shows, sets and checks the configuration. */
@Command(
    subcommands = {
      ConfigCommand.Show.class,
      ConfigCommand.SetValue.class,
      ConfigCommand.Check.class
    },
    description = {
      "Show, set and check the settings of stores, for example",
      "  quarry config show",
      "  quarry --config quarry.yaml config set query.timeout_seconds 60",
      "  quarry --config quarry.yaml config check"
    })
final class ConfigCommand extends FormattedCommand {
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
    Variables.unknown(session.terminal().environment())
        .forEach(finding -> session.note("warning: " + finding));
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

  /** {@code config set}. */
  @Command(
      name = "set",
      description = {
        "Set a value in the file of --config or $QUARRY_CONFIG, which is made if it is not there.",
        "Comments, order and all other values stay; the file is replaced in one step. For example",
        "  quarry --config quarry.yaml config set cache.memory_limit_mb 256"
      })
  static final class SetValue extends FormattedCommand {
    @Parameters(index = "0", paramLabel = "KEY", description = "As `config show` names it.")
    String key;

    @Parameters(index = "1", paramLabel = "VALUE", description = "The value.")
    String value;

    @Override
    int run(Session session) {
      session.checkFieldsOf(List.of("key", "before", "value", "file"));
      Path file = session.configFile();
      if (file == null) {
        throw CliException.usage(
            "no file is named to set " + key + " in; name one with --config or QUARRY_CONFIG");
      }
      Setting setting = Setting.byKey().get(key);
      if (setting == null) {
        throw CliException.usage(Configuration.unknown(key, Words::nearest));
      }
      String complaint = setting.complaint(value);
      if (complaint != null) {
        throw CliException.usage("`" + key + "` " + complaint + ", but is `" + value + "`");
      }
      session.begins("quarry config show prints the settings");
      try {
        print(session, file, ConfigurationFile.set(file, setting, value));
      } catch (ConfigurationException e) {
        throw CliException.usage(e.getMessage());
      }
      tellWhatStandsAgainstIt(session, file, setting);
      return ExitCode.OK;
    }

    private void print(Session session, Path file, String before) {
      if (session.isInWords()) {
        session.out().line(key + " " + (before == null ? "default" : before) + " -> " + value);
        return;
      }
      Map<String, Object> record = new LinkedHashMap<>();
      record.put("key", key);
      record.put("before", before);
      record.put("value", value);
      record.put("file", file.toString());
      session.printRecord(record);
    }

    private static void tellWhatStandsAgainstIt(Session session, Path file, Setting setting) {
      String variable = session.terminal().variable(setting.variable());
      if (variable != null) {
        session.note(
            "note: the variable " + setting.variable() + " is set, to " + variable + ", and wins");
      }
      Configuration.problems(file, Map.of(), Words::nearest)
          .forEach(problem -> session.note("warning: " + problem));
    }
  }

  /** {@code config check}. */
  @Command(
      name = "check",
      description = {
        "Check the file of --config or $QUARRY_CONFIG and the variables of the environment:",
        "  quarry --config quarry.yaml config check",
        "Exit code 0 if a store could be opened with them, 1 if not; each problem names its place."
      })
  static final class Check extends FormattedCommand {
    @Override
    int run(Session session) {
      Path file = session.configFile();
      List<String> problems =
          Configuration.problems(file, session.terminal().environment(), Words::nearest);
      List<List<Object>> rows = new ArrayList<>();
      problems.forEach(problem -> rows.add(List.of(problem)));
      session.printRows(List.of(Column.text("problem")), rows);
      warnOfUnknownVariables(session);
      if (problems.isEmpty()) {
        session.note((file == null ? "no file is named; the variables" : file) + " can be used");
      }
      return problems.isEmpty() ? ExitCode.OK : ExitCode.NEGATIVE;
    }
  }
}
