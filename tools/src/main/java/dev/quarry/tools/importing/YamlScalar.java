package dev.quarry.tools.importing;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.snakeyaml.engine.v2.common.ScalarStyle;
import org.snakeyaml.engine.v2.exceptions.Mark;

/**
 * A value in a YAML file of mappings.
 *
 * @param path the keys that lead to it, with dots between them
 * @param text the value as written; empty for none
 * @param line where, from 1
 * @param column where, from 1, in code points
 * @param endLine where what is written for it ends, from 1
 * @param endColumn the column behind its end, from 1
 */
public record YamlScalar(
    String path, String text, int line, int column, int endLine, int endColumn) {
  /** A file that is wrong. */
  public static final class WrongException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Where, from 1; 0 where it is not known. */
    private final int line;

    private final int column;

    WrongException(String message, int line, int column) {
      super(message);
      this.line = line;
      this.column = column;
    }

    /** The line, from 1; 0 where it is not known. */
    public int line() {
      return line;
    }

    /** The column, from 1; 0 where it is not known. */
    public int column() {
      return column;
    }
  }

  /**
   * The values of a text, in its order.
   *
   * @throws WrongException if it is no YAML, or has lists or aliases
   */
  public static List<YamlScalar> read(String text) {
    List<YamlScalar> found = new ArrayList<>();
    try {
      Yaml.scalars(
          text,
          (path, event) -> {
            boolean isNull =
                event.getScalarStyle() == ScalarStyle.PLAIN && event.getValue().equals("~");
            Optional<Mark> start = event.getStartMark();
            Optional<Mark> end = event.getEndMark();
            found.add(
                new YamlScalar(
                    path,
                    isNull ? "" : event.getValue(),
                    line(start),
                    column(start),
                    line(end),
                    column(end)));
          });
    } catch (Yaml.YamlException e) {
      throw new WrongException(e.getMessage(), e.line, e.column);
    }
    return found;
  }

  private static int line(Optional<Mark> mark) {
    return mark.map(m -> m.getLine() + 1).orElse(0);
  }

  private static int column(Optional<Mark> mark) {
    return mark.map(m -> m.getColumn() + 1).orElse(0);
  }
}
