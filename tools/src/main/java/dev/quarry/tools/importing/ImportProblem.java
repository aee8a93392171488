package dev.quarry.tools.importing;

/**
 * Something in a source that could not be imported as it stands.
 *
 * @param file the file
 * @param line the line, from 1; 0 where it concerns the whole file
 * @param column the column, from 1; 0 where it is not known
 * @param message what is wrong
 */
public record ImportProblem(String file, long line, long column, String message) {
  /** One line: file, line, column, message. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(file);
    if (line > 0) {
      text.append(':').append(line);
      if (column > 0) {
        text.append(':').append(column);
      }
    }
    return text.append(": ").append(message).toString();
  }
}
