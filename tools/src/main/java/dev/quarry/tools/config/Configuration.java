package dev.quarry.tools.config;

import dev.quarry.TaskStoreOptions;
import dev.quarry.tools.importing.YamlScalar;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.BiFunction;

/** What was set, by whom. */
public final class Configuration {
  private static final int SHOWN_CHARS = 100;

  /** More than these nobody reads at once. */
  private static final int MOST_PROBLEMS = 50;

  private final Map<Setting, Value> values = new EnumMap<>(Setting.class);

  /** What is wrong, in the order in which it was found. */
  private final List<String> problems = new ArrayList<>();

  /**
   * A value.
   *
   * @param text as written
   * @param origin who set it
   * @param place the file with line and column, or the variable
   */
  public record Value(String text, Origin origin, String place) {}

  /**
   * A line of the overview.
   *
   * @param setting what is set
   * @param value the value in effect; null where nothing has an effect and nobody set it
   * @param origin where it comes from
   * @param place the file with line and column, the variable, or empty
   */
  public record Entry(Setting setting, Object value, Origin origin, String place) {}

  private Configuration(
      Path file,
      Map<String, String> environment,
      BiFunction<String, List<String>, String> nearest) {
    if (file != null) {
      readFile(file, nearest);
    }
    for (Setting setting : Setting.values()) {
      String text = environment.get(setting.variable());
      if (text != null && !text.isEmpty()) {
        Value value = new Value(text.strip(), Origin.ENVIRONMENT, setting.variable());
        set(setting, value, "the variable " + setting.variable());
      }
    }
    letTheVariableWin();
  }

  /**
   * The configuration of a file and an environment, which wins.
   *
   * @param file the file, or null for none
   * @param nearest what is meant by a word, among others, or null
   * @throws ConfigurationException if either is wrong
   */
  public static Configuration of(
      Path file,
      Map<String, String> environment,
      BiFunction<String, List<String>, String> nearest) {
    Configuration configuration = new Configuration(file, environment, nearest);
    if (!configuration.problems.isEmpty()) {
      throw new ConfigurationException(configuration.problems.get(0));
    }
    return configuration;
  }

  /**
   * What is wrong with a file and an environment, each with its place; empty where nothing is.
   *
   * @param file the file, or null for none
   * @param nearest what is meant by a word, among others, or null
   */
  public static List<String> problems(
      Path file,
      Map<String, String> environment,
      BiFunction<String, List<String>, String> nearest) {
    return List.copyOf(new Configuration(file, environment, nearest).problems);
  }

  /** The sum of the caches given by a variable stands above parts of it given by the file. */
  private void letTheVariableWin() {
    Value sum = values.get(Setting.CACHE);
    if (sum != null && sum.origin() == Origin.ENVIRONMENT) {
      for (Setting part : List.of(Setting.RECORD_CACHE, Setting.BLOCK_CACHE)) {
        if (values.containsKey(part) && values.get(part).origin() == Origin.FILE) {
          values.remove(part);
        }
      }
    }
  }

  private void readFile(Path file, BiFunction<String, List<String>, String> nearest) {
    Map<String, Setting> byKey = Setting.byKey();
    for (YamlScalar scalar : scalars(file)) {
      if (problems.size() == MOST_PROBLEMS) {
        problems.add(file + ": there may be more behind line " + scalar.line());
        return;
      }
      String place = file + ":" + scalar.line() + ":" + scalar.column();
      Setting setting = byKey.get(scalar.path());
      if (setting == null) {
        // of an empty section, all that it could hold is left out
        if (!scalar.text().isEmpty() || !isSection(scalar.path())) {
          problems.add(place + ": " + unknown(scalar.path(), nearest));
        }
        continue;
      }
      Value before = values.get(setting);
      if (before != null) {
        problems.add(place + ": `" + setting.key() + "` was set before, at " + before.place());
      } else if (!scalar.text().isEmpty()) {
        set(
            setting,
            new Value(scalar.text(), Origin.FILE, place),
            place + ": `" + setting.key() + "`");
      }
    }
  }

  /**
   * That there is no such key, and which may have been meant.
   *
   * @param nearest what is meant by a word, among others, or null
   */
  public static String unknown(String key, BiFunction<String, List<String>, String> nearest) {
    List<String> known = List.copyOf(Setting.byKey().keySet());
    String meant = nearest.apply(key, known);
    return "unknown key `"
        + key
        + "`; "
        + (meant == null
            ? "it is one of " + String.join(", ", known)
            : "did you mean `" + meant + "`?");
  }

  private static boolean isSection(String path) {
    return Arrays.stream(Setting.values()).anyMatch(s -> s.key().startsWith(path + "."));
  }

  private List<YamlScalar> scalars(Path file) {
    try {
      return YamlScalar.read(ConfigurationFile.read(file));
    } catch (ConfigurationException e) {
      problems.add(e.getMessage());
    } catch (YamlScalar.WrongException e) {
      problems.add(file + ":" + e.line() + ":" + e.column() + ": " + e.getMessage());
    }
    return List.of();
  }

  private void set(Setting setting, Value value, String what) {
    String complaint = setting.complaint(value.text());
    if (complaint == null) {
      values.put(setting, value);
    } else {
      String text = value.text();
      String shown = text.length() > SHOWN_CHARS ? text.substring(0, SHOWN_CHARS) + "..." : text;
      problems.add(what + " " + complaint + ", but is `" + shown + "`");
    }
  }

  /** Sets a store's options. */
  public void apply(TaskStoreOptions.Builder options) {
    values.forEach((setting, value) -> setting.apply(options, value.text()));
  }

  /** Tasks of a commit of an import, where that is set. */
  public OptionalInt batchSize() {
    Value value = values.get(Setting.BATCH_SIZE);
    return value == null ? OptionalInt.empty() : OptionalInt.of(Integer.parseInt(value.text()));
  }

  /**
   * What is in effect of a setting.
   *
   * @param fallback its value where nobody set it and a store has no such option, or null
   */
  public Entry entry(Setting setting, Object fallback) {
    TaskStoreOptions.Builder builder = TaskStoreOptions.builder(Path.of(""));
    apply(builder);
    Object effective = setting.effective(builder.build());
    Value value = values.get(setting);
    boolean isPart = setting == Setting.RECORD_CACHE || setting == Setting.BLOCK_CACHE;
    if (value == null && isPart) {
      value = values.get(Setting.CACHE); // which sets both
    }
    if (value == null) {
      return new Entry(setting, effective == null ? fallback : effective, Origin.DEFAULT, "");
    }
    return new Entry(
        setting, effective == null ? value.text() : effective, value.origin(), value.place());
  }
}
