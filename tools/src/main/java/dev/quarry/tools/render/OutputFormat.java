package dev.quarry.tools.render;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** What standard output is written in. */
public enum OutputFormat {
  /** Aligned columns for people. */
  TABLE,
  /** One JSON object with {@code schema_version}, {@code data} and, for pages, {@code page}. */
  JSON,
  /** One JSON object per line, no envelope. */
  JSONL,
  /** RFC 4180 with a header line. */
  CSV,
  /** Tab-separated with a header line. */
  TSV,
  /** A Markdown table. */
  MD,
  /** A YAML sequence of mappings. */
  YAML,
  /** Values only: tab-separated, no header, nothing quoted. */
  RAW;

  /** The name as given on the command line. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The names of all formats. */
  public static List<String> labels() {
    return Arrays.stream(values()).map(OutputFormat::label).collect(Collectors.toList());
  }

  /** Whether people read it, so that a few chosen columns are better than all of them. */
  public boolean isForPeople() {
    return this == TABLE || this == MD;
  }

  /** The format of that name, or null. */
  public static OutputFormat byLabel(String label) {
    for (OutputFormat format : values()) {
      if (format.name().equalsIgnoreCase(label)) {
        return format;
      }
    }
    return null;
  }
}
