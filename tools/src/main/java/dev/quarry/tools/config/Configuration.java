package dev.quarry.tools.config;

import dev.quarry.TaskStoreOptions;
import dev.quarry.tools.importing.YamlScalar;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.function.BiFunction;

/** What was set, by whom. */
public final class Configuration {
  private static final int MAX_BYTES = 64 << 10;
  private static final int SHOWN_CHARS = 100;

  private final Map<Setting, Value> values = new EnumMap<>(Setting.class);

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

  private Configuration() {}

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
    Configuration configuration = new Configuration();
    if (file != null) {
      configuration.readFile(file, nearest);
    }
    for (Setting setting : Setting.values()) {
      String text = environment.get(setting.variable());
      if (text != null && !text.isEmpty()) {
        Value value = new Value(text.strip(), Origin.ENVIRONMENT, setting.variable());
        configuration.set(setting, value, "the variable " + setting.variable());
      }
    }
    configuration.letTheVariableWin();
    return configuration;
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
    Map<String, Setting> byKey = new TreeMap<>();
    Arrays.stream(Setting.values()).forEach(setting -> byKey.put(setting.key(), setting));
    for (YamlScalar scalar : scalars(file)) {
      String place = file + ":" + scalar.line() + ":" + scalar.column();
      Setting setting = byKey.get(scalar.path());
      if (setting == null && scalar.text().isEmpty() && isSection(scalar.path())) {
        continue; // all that it could hold is left out
      }
      if (setting == null) {
        String meant = nearest.apply(scalar.path(), List.copyOf(byKey.keySet()));
        throw new ConfigurationException(
            place
                + ": unknown key `"
                + scalar.path()
                + "`; "
                + (meant == null
                    ? "it is one of " + String.join(", ", byKey.keySet())
                    : "did you mean `" + meant + "`?"));
      }
      Value before = values.get(setting);
      if (before != null) {
        throw new ConfigurationException(
            place + ": `" + setting.key() + "` was set before, at " + before.place());
      }
      if (!scalar.text().isEmpty()) {
        set(
            setting,
            new Value(scalar.text(), Origin.FILE, place),
            place + ": `" + setting.key() + "`");
      }
    }
  }

  private static boolean isSection(String path) {
    return Arrays.stream(Setting.values()).anyMatch(s -> s.key().startsWith(path + "."));
  }

  private static List<YamlScalar> scalars(Path file) {
    try {
      if (Files.size(file) > MAX_BYTES) {
        throw new ConfigurationException(file + " is longer than " + MAX_BYTES + " bytes");
      }
      return YamlScalar.read(Files.readString(file));
    } catch (YamlScalar.WrongException e) {
      throw new ConfigurationException(
          file + ":" + e.line() + ":" + e.column() + ": " + e.getMessage());
    } catch (CharacterCodingException e) {
      throw new ConfigurationException(file + " is not UTF-8");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void set(Setting setting, Value value, String what) {
    String complaint = setting.complaint(value.text());
    if (complaint != null) {
      String text = value.text();
      String shown = text.length() > SHOWN_CHARS ? text.substring(0, SHOWN_CHARS) + "..." : text;
      throw new ConfigurationException(what + " " + complaint + ", but is `" + shown + "`");
    }
    values.put(setting, value);
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
