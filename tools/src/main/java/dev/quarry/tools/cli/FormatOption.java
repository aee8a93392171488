package dev.quarry.tools.cli;

import dev.quarry.tools.render.OutputFormat;
import java.util.Iterator;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** The option for the format of the output. */
final class FormatOption {
  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      converter = Converter.class,
      completionCandidates = Candidates.class,
      description = "Output format: ${COMPLETION-CANDIDATES}; default table.")
  OutputFormat format;

  /** Reads a format's name. */
  static final class Converter implements ITypeConverter<OutputFormat> {
    @Override
    public OutputFormat convert(String value) {
      OutputFormat format = OutputFormat.byLabel(value);
      if (format == null) {
        throw new TypeConversionException(
            "unknown format `"
                + value
                + "`; it is one of "
                + String.join(", ", OutputFormat.labels()));
      }
      return format;
    }
  }

  /** The names for help and completion. */
  static final class Candidates implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return OutputFormat.labels().iterator();
    }
  }
}
