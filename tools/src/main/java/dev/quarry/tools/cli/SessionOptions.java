package dev.quarry.tools.cli;

import dev.quarry.tools.render.OutputFormat;
import dev.quarry.tools.render.Style;
import java.nio.file.Path;
import java.util.List;

/**
 * The global options of a run, from before and after the command's name.
 *
 * @param db the store's directory as given, or null
 * @param config the configuration file as given, or null
 * @param format the output's format
 * @param isFormatGiven whether the format was asked for
 * @param style colours
 * @param fields fields to show; empty for the usual ones
 * @param maxBytes budget of the output, 0 for none
 * @param at point of the past to read at, as typed, or null
 * @param quiet whether remarks are left out
 */
record SessionOptions(
    Path db,
    Path config,
    OutputFormat format,
    boolean isFormatGiven,
    Style style,
    List<String> fields,
    long maxBytes,
    String at,
    boolean quiet) {

  static SessionOptions of(Terminal terminal, RootCommand root, BaseCommand command) {
    GlobalOptions outer = root.global;
    GlobalOptions inner = command.global;
    OutputFormat format = first(command.format(), root.formatOption.format);
    Long maxBytes = first(inner.maxBytes, outer.maxBytes);
    if (maxBytes != null && maxBytes < 1) {
      throw CliException.usage("--max-bytes must be at least 1, but is " + maxBytes);
    }
    boolean colour =
        terminal.isOutTty()
            && !inner.noColor
            && !outer.noColor
            && terminal.variable("NO_COLOR") == null
            && !"dumb".equals(terminal.variable("TERM"));
    List<String> fields = first(inner.fields, outer.fields);
    String at = first(inner.at, outer.at);
    if (at != null && !command.readsThePast()) {
      throw CliException.usage(
          "--at goes with list, query, count, show and export, not with " + command.spec.name());
    }
    return new SessionOptions(
        first(inner.db, outer.db),
        first(inner.config, outer.config),
        format == null ? OutputFormat.TABLE : format,
        format != null,
        new Style(colour),
        fields == null ? List.of() : fields.stream().map(String::strip).toList(),
        maxBytes == null ? 0 : maxBytes,
        at,
        inner.quiet || outer.quiet);
  }

  /** The same for a program that asks for JSON of some fields, of at most so many bytes. */
  SessionOptions forJson(List<String> chosen, long bytes) {
    return new SessionOptions(
        db, config, OutputFormat.JSON, true, new Style(false), chosen, bytes, null, true);
  }

  private static <T> T first(T inner, T outer) {
    return inner != null ? inner : outer;
  }
}
