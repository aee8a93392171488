package dev.quarry.tools.importing;

import dev.quarry.tools.format.Json;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * YAML documents, each a mapping, a list of mappings, or a mapping with a list {@code tasks}. The
 * stream is cut at its document marks, so that a wrong document does not stop the others.
 */
final class YamlReader implements RecordReader {
  private final RecordMapper mapper;
  private final ImportOptions options;

  YamlReader(ImportOptions options) {
    this.options = options;
    mapper = new RecordMapper(Dialect.YAML, options.zone());
  }

  @Override
  public void read(SourceFile file, RecordSink sink) throws IOException {
    LineReader lines = new LineReader(file, options.maxLineBytes());
    StringBuilder text = new StringBuilder();
    long first = 1;
    String bad = null;
    while (lines.next()) {
      String line = lines.text();
      if (line == null) {
        bad = bad == null ? "line " + lines.number() + ": " + lines.problem() : bad;
        continue;
      }
      if (line.equals("---") || line.startsWith("--- ")) {
        document(file.name(), first, text, bad, sink);
        text.setLength(0);
        bad = null;
        first = lines.number();
      }
      if (text.length() + line.length() > Json.MAX_RECORD_CHARS) {
        bad = "document longer than " + Json.MAX_RECORD_CHARS + " characters";
        text.setLength(0);
      }
      if (bad == null) {
        text.append(line).append('\n');
      }
    }
    document(file.name(), first, text, bad, sink);
  }

  private void document(String file, long first, StringBuilder text, String bad, RecordSink sink) {
    if (bad != null) {
      sink.failed(file, first, 0, bad);
      return;
    }
    if (text.toString().isBlank()) {
      return;
    }
    Object tree;
    try {
      tree = Yaml.parse(text.toString());
    } catch (Yaml.YamlException e) {
      sink.failed(file, first + Math.max(0, e.line - 1), e.column, e.getMessage());
      return;
    }
    if (tree instanceof Map<?, ?> map && map.get("tasks") instanceof List<?> list) {
      Map<String, Object> beside = new LinkedHashMap<>();
      map.forEach((k, v) -> beside.put((String) k, v));
      beside.remove("tasks");
      list(file, first, list, beside, sink);
    } else if (tree instanceof List<?> list) {
      list(file, first, list, Map.of(), sink);
    } else if (tree != null) {
      list(file, first, List.of(tree), Map.of(), sink);
    }
  }

  private void list(
      String file, long line, List<?> list, Map<String, Object> beside, RecordSink sink) {
    for (int i = 0; i < list.size(); i++) {
      if (!(list.get(i) instanceof Map<?, ?> map)) {
        sink.failed(file, line, 0, "a mapping is expected");
        continue;
      }
      @SuppressWarnings("unchecked")
      Map<String, Object> record = (Map<String, Object>) map;
      TaskDraft draft = mapper.mapExact(record, file, line);
      mapper.complete(draft, record);
      if (i == list.size() - 1) {
        beside.forEach((k, v) -> RecordMapper.keep(draft, "board." + k, v));
      }
      sink.accept(draft);
    }
  }
}
