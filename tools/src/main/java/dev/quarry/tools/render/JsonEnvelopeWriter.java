package dev.quarry.tools.render;

import java.util.List;

/** One JSON object around all rows. */
final class JsonEnvelopeWriter extends RowWriter {
  /** Version of the meaning of the JSON output. */
  static final int SCHEMA_VERSION = 1;

  /** Bytes kept free for the end of the envelope with its continuation. */
  private static final int RESERVE = 256;

  private boolean begun;

  JsonEnvelopeWriter(Output out, List<Column> columns, long maxBytes) {
    super(out, columns, maxBytes);
  }

  static String head() {
    return "{\"schema_version\":" + SCHEMA_VERSION + ",\"data\":";
  }

  @Override
  public boolean row(List<?> values) {
    begin();
    return emit((written() == 0 ? "" : ",") + JsonText.of(asMap(values)), RESERVE);
  }

  @Override
  public void end(NextPage page) {
    begin();
    out().write("]");
    if (page != null) {
      String next = page.token() == null ? "null" : JsonText.of(page.token());
      out().write(",\"page\":{\"next\":" + next + "}");
    }
    out().write("}\n");
  }

  private void begin() {
    if (!begun) {
      begun = true;
      out().write(head() + "[");
    }
  }
}
