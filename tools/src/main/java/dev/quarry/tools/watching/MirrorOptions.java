package dev.quarry.tools.watching;

import dev.quarry.tools.importing.Format;
import dev.quarry.tools.importing.ImportOptions;
import java.time.Duration;
import java.util.List;

/**
 * How a folder is followed.
 *
 * @param formats formats of its task files; a name that several take is of the first
 * @param reading how they are read; its format is not used
 * @param removal what becomes of tasks whose file goes
 * @param settle how long a file's size and time must stand still before it is read
 */
public record MirrorOptions(
    List<Format> formats, ImportOptions reading, RemovalPolicy removal, Duration settle) {
  /** Copies the list. */
  public MirrorOptions {
    formats = List.copyOf(formats);
  }

  /** Markdown files; tasks go with them; 150 ms. */
  public static MirrorOptions defaults() {
    return new MirrorOptions(
        List.of(Format.MARKDOWN),
        ImportOptions.defaults(),
        RemovalPolicy.DELETE,
        Duration.ofMillis(150));
  }

  /** The same with another policy for what goes. */
  public MirrorOptions withRemoval(RemovalPolicy value) {
    return new MirrorOptions(formats, reading, value, settle);
  }

  /** The same with other formats. */
  public MirrorOptions withFormats(List<Format> value) {
    return new MirrorOptions(value, reading, removal, settle);
  }
}
