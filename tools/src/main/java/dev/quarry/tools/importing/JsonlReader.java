package dev.quarry.tools.importing;

import dev.quarry.tools.format.Json;
import java.io.IOException;
import java.util.Map;
import tools.jackson.core.JacksonException;

/** One JSON object a line. A wrong line does not stop the others. */
class JsonlReader implements RecordReader {
  final RecordMapper mapper;
  private final int maxLineBytes;

  JsonlReader(Dialect dialect, ImportOptions options) {
    mapper = new RecordMapper(dialect, options.zone());
    maxLineBytes = options.maxLineBytes();
  }

  @Override
  public void read(SourceFile file, RecordSink sink) throws IOException {
    LineReader lines = new LineReader(file, maxLineBytes);
    while (lines.next()) {
      String text = lines.text();
      if (text == null) {
        sink.failed(file.name(), lines.number(), 0, lines.problem());
      } else if (!text.isBlank()) {
        line(file.name(), lines.number(), text, sink);
      }
    }
  }

  private void line(String file, long number, String text, RecordSink sink) {
    Object tree;
    try {
      tree = Json.parse(text(text));
    } catch (JacksonException e) {
      int column = e.getLocation() == null ? 0 : e.getLocation().getColumnNr();
      sink.failed(file, number, Math.max(0, column), e.getOriginalMessage());
      return;
    } catch (IllegalArgumentException e) {
      sink.failed(file, number, 0, e.getMessage());
      return;
    }
    if (!(tree instanceof Map<?, ?> map)) {
      sink.failed(file, number, 0, "a JSON object is expected");
      return;
    }
    @SuppressWarnings("unchecked")
    Map<String, Object> record = (Map<String, Object>) map;
    record(file, number, record, sink);
  }

  /** The JSON of a line. */
  String text(String line) {
    return line;
  }

  /** Hands one record on. */
  void record(String file, long line, Map<String, Object> record, RecordSink sink) {
    TaskDraft draft = mapper.mapExact(record, file, line);
    mapper.complete(draft, record);
    sink.accept(draft);
  }
}
