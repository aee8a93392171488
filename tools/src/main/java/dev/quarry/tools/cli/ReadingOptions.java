package dev.quarry.tools.cli;

import dev.quarry.tools.importing.Format;
import dev.quarry.tools.importing.ImportOptions;
import java.nio.charset.Charset;
import java.nio.charset.IllegalCharsetNameException;
import java.nio.charset.UnsupportedCharsetException;
import java.time.DateTimeException;
import java.time.ZoneId;
import java.util.Map;
import java.util.OptionalInt;
import picocli.CommandLine.Option;

/** Options of commands that read task files. */
final class ReadingOptions {
  @Option(
      names = "--map",
      paramLabel = "HEADER=FIELD",
      description = "Which field a CSV column goes to; may be repeated.")
  Map<String, String> mapping;

  @Option(names = "--encoding", paramLabel = "NAME", description = "Default UTF-8.")
  String encoding;

  @Option(
      names = "--zone",
      paramLabel = "ZONE",
      description = "Zone of times that name none, e.g. Europe/Berlin; default UTC.")
  String zone;

  @Option(
      names = "--tombstones",
      negatable = true,
      description = "Import deleted beads issues as cancelled tasks.")
  Boolean tombstones;

  @Option(names = "--fix-mojibake", description = "Repair text that was encoded twice.")
  boolean fixMojibake;

  @Option(
      names = "--batch",
      paramLabel = "N",
      description = "Tasks a commit; default io.batch_size of the configuration, else 1000.")
  Integer batch;

  ImportOptions options(Session session) {
    ImportOptions options = ImportOptions.defaults().withFixMojibake(fixMojibake);
    if (mapping != null) {
      options = options.withCsvMapping(mapping);
    }
    if (tombstones != null) {
      options = options.withTombstones(tombstones);
    }
    OptionalInt configured = session.configuration().batchSize();
    if (batch != null) {
      options = options.withBatchSize(batch);
    } else if (configured.isPresent()) {
      options = options.withBatchSize(configured.getAsInt());
    }
    if (encoding != null) {
      options = options.withCharset(charset());
    }
    return zone == null ? options : options.withZone(zoneId());
  }

  /** The format of this name. */
  static Format format(String name) {
    return Format.byLabel(name)
        .orElseThrow(
            () ->
                CliException.usage(
                    "unknown import format `" + name + "`; it is one of " + Format.labels()));
  }

  private Charset charset() {
    try {
      return Charset.forName(encoding);
    } catch (IllegalCharsetNameException | UnsupportedCharsetException e) {
      throw CliException.usage("unknown encoding `" + encoding + "`");
    }
  }

  private ZoneId zoneId() {
    try {
      return ZoneId.of(zone);
    } catch (DateTimeException e) {
      throw CliException.usage("unknown zone `" + zone + "`; it is a name such as Europe/Berlin");
    }
  }
}
