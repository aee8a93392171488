package dev.quarry.tools.importing;

import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvRecord;
import de.siegmar.fastcsv.reader.CsvRecordHandler;
import de.siegmar.fastcsv.reader.FieldMismatchStrategy;
import de.siegmar.fastcsv.reader.FieldModifier;
import dev.quarry.Task;
import dev.quarry.tools.format.Json;
import dev.quarry.tools.format.JsonNumber;
import dev.quarry.tools.format.TaskJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Values with separators and a header line. Columns of the same name are one field with several
 * values, as in Jira's exports. The canonical export, known by its header, is read back exactly.
 */
final class CsvReader implements RecordReader {
  /** What an empty cell without quotes is read as: absent, other than the empty text in quotes. */
  private static final String ABSENT = "\u0000absent\u0000";

  private static final Pattern NUMBER = Pattern.compile("-?\\d+(\\.\\d+)?([eE][+-]?\\d+)?");

  private static final FieldModifier MARK_ABSENT =
      new FieldModifier() {
        @Override
        public String modify(long line, int index, boolean quoted, String field) {
          return field.isEmpty() && !quoted ? ABSENT : field;
        }
      };

  private final ImportOptions options;
  private final char separator;
  private final RecordMapper mapper;

  /**
   * A reader.
   *
   * @param separator the separator, or 0 to find it in the header
   */
  CsvReader(ImportOptions options, char separator) {
    this.options = options;
    this.separator = separator;
    mapper = new RecordMapper(Dialect.CSV, options.zone());
  }

  @Override
  public void read(SourceFile file, RecordSink sink) throws IOException {
    char actual = separator == 0 ? separator(file.head()) : separator;
    Utf8Reader reader = new Utf8Reader(file.bytes());
    CsvRecords records = new CsvRecords(reader, actual, Json.MAX_RECORD_CHARS);
    CsvRecordHandler handler =
        CsvRecordHandler.builder()
            .fieldModifier(MARK_ABSENT)
            .maxFields(16_384)
            .maxFieldSize(Task.MAX_TEXT_CHARS)
            .maxRecordSize(Json.MAX_RECORD_CHARS)
            .build();
    List<String> header = null;
    while (records.next()) {
      reader.forgetBefore(records.line());
      long bad = reader.firstBad(records.line(), records.endLine());
      String problem = records.problem();
      long line = problem == null && bad > 0 ? bad : records.line();
      CsvRecord row = null;
      if (problem == null && bad > 0) {
        problem = file.notDecoded();
      } else if (problem == null) {
        try {
          row = parser(actual).ofSingleCsvRecord(handler, records.text());
        } catch (CsvParseException e) {
          problem = (e.getCause() == null ? e : e.getCause()).getMessage();
        }
      }
      if (header == null && row == null) {
        // without names the rows behind it would be taken for something else
        String advice = bad > 0 ? "; name the encoding: --encoding" : "";
        sink.problem(file.name(), line, 0, "header line: " + problem + advice);
        return;
      }
      if (row == null) {
        sink.failed(file.name(), line, 0, problem);
      } else if (header == null) {
        header = header(row);
      } else {
        row(file.name(), line, header, row, sink);
      }
    }
  }

  /** A parser that takes text behind a closing quote as part of the field. */
  @SuppressWarnings("removal")
  private static de.siegmar.fastcsv.reader.CsvReader.CsvReaderBuilder parser(char separator) {
    return de.siegmar.fastcsv.reader.CsvReader.builder()
        .fieldSeparator(separator)
        .skipEmptyLines(false)
        .extraFieldStrategy(FieldMismatchStrategy.IGNORE)
        .missingFieldStrategy(FieldMismatchStrategy.IGNORE)
        .allowExtraCharsAfterClosingQuote(true);
  }

  private void row(String file, long line, List<String> header, CsvRecord row, RecordSink sink) {
    boolean exact = header.equals(TaskJson.KEYS);
    Map<String, Object> record = exact ? exact(header, row) : record(header, row);
    if (record.isEmpty()) {
      return;
    }
    TaskDraft draft = exact ? mapper.mapExact(record, file, line) : generic(record, file, line);
    mapper.complete(draft, record);
    sink.accept(draft);
  }

  private List<String> header(CsvRecord row) {
    List<String> header = new ArrayList<>();
    for (int i = 0; i < row.getFieldCount(); i++) {
      String name = row.getField(i).equals(ABSENT) ? "" : row.getField(i).strip();
      name = options.csvMapping().getOrDefault(name, name);
      header.add(name.isEmpty() ? "column " + (i + 1) : name);
    }
    return header;
  }

  /** The cells of a row by name; empty cells say nothing. */
  private static Map<String, Object> record(List<String> header, CsvRecord row) {
    Map<String, Object> record = new LinkedHashMap<>();
    for (int i = 0; i < row.getFieldCount(); i++) {
      String cell = row.getField(i);
      if (cell.isEmpty() || cell.equals(ABSENT)) {
        continue;
      }
      String name = i < header.size() ? header.get(i) : "column " + (i + 1);
      Object before = record.get(name);
      if (before instanceof List<?> list) {
        List<Object> more = new ArrayList<>(list);
        more.add(cell);
        record.put(name, more);
      } else {
        record.put(name, before == null ? cell : List.of(before, cell));
      }
    }
    return record;
  }

  /** A row of Jira has times of work in seconds. */
  private TaskDraft generic(Map<String, Object> record, String file, long line) {
    TaskDraft draft = mapper.map(record, file, line);
    if (record.containsKey("Issue key")) {
      draft.estimatedHours = seconds(record.get("Original Estimate"), draft.estimatedHours);
      draft.actualHours = seconds(record.get("Time Spent"), draft.actualHours);
    }
    return draft;
  }

  private static Double seconds(Object value, Double otherwise) {
    return value instanceof String s && s.matches("\\d{1,12}")
        ? Double.valueOf(Long.parseLong(s) / 3600.0)
        : otherwise;
  }

  /** A row of the canonical export as the tree that it was written from. */
  private static Map<String, Object> exact(List<String> header, CsvRecord row) {
    Map<String, Object> record = new LinkedHashMap<>();
    for (int i = 0; i < Math.min(header.size(), row.getFieldCount()); i++) {
      String cell = row.getField(i);
      if (!cell.equals(ABSENT)) {
        record.put(header.get(i), value(header.get(i), cell));
      }
    }
    if (record.get("attributes") instanceof Map<?, ?> map
        && map.get("") instanceof Map<?, ?> whole) {
      Map<String, Object> task = new LinkedHashMap<>();
      whole.forEach((k, v) -> task.put((String) k, v));
      return task;
    }
    return record;
  }

  private static Object value(String name, String cell) {
    return switch (name) {
      case "dependencies", "links", "tags", "attributes" -> structure(cell);
      case "estimated_hours", "actual_hours" ->
          NUMBER.matcher(cell).matches() ? new JsonNumber(cell) : cell;
      // the export guards what a spreadsheet would take for a formula
      default -> cell.startsWith("'") ? cell.substring(1) : cell;
    };
  }

  private static Object structure(String cell) {
    try {
      return Json.parse(cell);
    } catch (RuntimeException e) {
      return cell; // edited by hand: the mapper reads lists of other forms, too
    }
  }

  /** The separator that the header line has most of, outside quotes. */
  static char separator(byte[] head) {
    String text = new String(head, StandardCharsets.UTF_8);
    char best = ',';
    int most = 0;
    for (char c : new char[] {',', ';', '\t', '|'}) {
      int n = 0;
      boolean quoted = false;
      for (int i = 0; i < text.length(); i++) {
        char at = text.charAt(i);
        if (at == '"') {
          quoted = !quoted;
        } else if (!quoted && (at == '\n' || at == '\r')) {
          break;
        } else if (!quoted && at == c) {
          n++;
        }
      }
      if (n > most) {
        most = n;
        best = c;
      }
    }
    return best;
  }
}
