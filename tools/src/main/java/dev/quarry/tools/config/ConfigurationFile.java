package dev.quarry.tools.config;

import dev.quarry.tools.format.WholeFile;
import dev.quarry.tools.importing.YamlScalar;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A configuration file of which one value is set, while every other line, the comments and the
 * order stay as they are.
 */
public final class ConfigurationFile {
  private static final int MAX_BYTES = 64 << 10;
  private static final String INDENT = "  ";

  private ConfigurationFile() {}

  /** The text of a file that is not too long. */
  static String read(Path file) {
    try {
      if (Files.size(file) > MAX_BYTES) {
        throw new ConfigurationException(file + " is longer than " + MAX_BYTES + " bytes");
      }
      return Files.readString(file);
    } catch (CharacterCodingException e) {
      throw new ConfigurationException(file + " is not UTF-8");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Sets a value in a file, which is created where there is none; its folder has to be there. The
   * file is replaced in one step and has reached the device before: whoever reads it, also behind a
   * power cut, finds it as before or as after.
   *
   * @return the value that the file had, or null
   * @throws ConfigurationException where the file is no such file, or is written in a way that
   *     cannot be kept
   */
  public static String set(Path file, Setting setting, String value) {
    boolean isThere = Files.exists(file);
    String text = isThere ? read(file) : "";
    try {
      String before = values(text).get(setting.key());
      String after = with(text, setting.key(), quoted(value));
      checkOnlyThat(text, after, setting.key(), value);
      WholeFile.write(
          isThere ? file.toRealPath() : file.toAbsolutePath(),
          out -> out.write(after.getBytes(StandardCharsets.UTF_8)));
      return before == null || before.isEmpty() ? null : before;
    } catch (YamlScalar.WrongException e) {
      throw new ConfigurationException(
          file + ":" + e.line() + ":" + e.column() + ": " + e.getMessage());
    } catch (UnkeepableException e) {
      throw new ConfigurationException(
          file
              + " is written in a way that "
              + setting.key()
              + " cannot be set in; edit it by hand");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Thrown where an edit would change more than it should. */
  private static final class UnkeepableException extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  private static Map<String, String> values(String text) {
    Map<String, String> values = new LinkedHashMap<>();
    for (YamlScalar scalar : YamlScalar.read(text)) {
      if (values.put(scalar.path(), scalar.text()) != null) {
        throw new UnkeepableException(); // which of the two is it?
      }
    }
    return values;
  }

  /** Anything that YAML could read as something else stands in quotes. */
  private static String quoted(String value) {
    boolean isPlain =
        value.matches("\\d+|[A-Za-z][A-Za-z0-9_.@-]*")
            && !value.matches("(?i)null|y|n|yes|no|on|off");
    return isPlain ? value : "'" + value.replace("'", "''") + "'";
  }

  private static String with(String text, String key, String value) {
    String newline = text.contains("\r\n") ? "\r\n" : "\n";
    List<String> lines = new ArrayList<>(List.of(text.split("(?<=\n)", -1)));
    lines.removeIf(String::isEmpty);
    int last = lines.size() - 1;
    if (last >= 0 && !lines.get(last).endsWith("\n")) {
      lines.set(last, lines.get(last) + newline);
    }
    List<YamlScalar> scalars = YamlScalar.read(text);
    YamlScalar there = null;
    YamlScalar sibling = null;
    String section = key.substring(0, key.indexOf('.'));
    for (YamlScalar scalar : scalars) {
      there = scalar.path().equals(key) ? scalar : there;
      sibling = scalar.path().startsWith(section + ".") ? scalar : sibling;
      if (scalar.path().equals(section) && !scalar.text().isEmpty()) {
        throw new UnkeepableException(); // a value is where the section should be
      }
    }
    String name = key.substring(section.length() + 1) + ": " + value + newline;
    int header = header(lines, section);
    if (there != null) {
      lines.set(there.line() - 1, replaced(lines.get(there.line() - 1), there, value));
    } else if (sibling != null) {
      String line = lines.get(sibling.line() - 1);
      String indent = line.substring(0, line.length() - line.stripLeading().length());
      lines.add(sibling.endLine(), indent + name);
    } else if (header >= 0) {
      lines.add(header + 1, INDENT + name);
    } else {
      if (!lines.isEmpty()) {
        lines.add(newline);
      }
      lines.add(section + ":" + newline);
      lines.add(INDENT + name);
    }
    return String.join("", lines);
  }

  private static int header(List<String> lines, String section) {
    for (int i = 0; i < lines.size(); i++) {
      if (lines.get(i).matches("(?s)" + section + "\\s*:\\s*(#.*)?")) {
        return i;
      }
    }
    return -1;
  }

  private static String replaced(String line, YamlScalar scalar, String value) {
    if (scalar.endLine() != scalar.line()) {
      throw new UnkeepableException();
    }
    int from = line.offsetByCodePoints(0, scalar.column() - 1);
    int to = line.offsetByCodePoints(0, scalar.endColumn() - 1);
    String before = line.substring(0, from);
    return before + (before.endsWith(":") ? " " : "") + value + line.substring(to);
  }

  /** The proof of the edit: what is read afterwards is the same but for that value. */
  private static void checkOnlyThat(String before, String after, String key, String value) {
    Map<String, String> wanted = values(before);
    wanted.remove(key.substring(0, key.indexOf('.')), ""); // the section was empty
    wanted.put(key, value);
    try {
      if (!values(after).equals(wanted)) {
        throw new UnkeepableException();
      }
    } catch (YamlScalar.WrongException e) {
      throw new UnkeepableException();
    }
  }
}
