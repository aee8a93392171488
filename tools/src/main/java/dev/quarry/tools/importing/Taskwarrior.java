package dev.quarry.tools.importing;

import dev.quarry.Status;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

/** The export of Taskwarrior: an array, or one object a line with or without commas. */
final class Taskwarrior {
  private Taskwarrior() {}

  static RecordReader array(ImportOptions options) {
    return new JsonReader(Dialect.TASKWARRIOR, options) {
      @Override
      TaskDraft draft(Map<String, Object> record, String file, long line) {
        return finish(super.draft(record, file, line), record);
      }
    };
  }

  static RecordReader lines(ImportOptions options) {
    return new JsonlReader(Dialect.TASKWARRIOR, options) {
      @Override
      String text(String line) {
        String text = line.strip();
        return text.endsWith(",") ? text.substring(0, text.length() - 1) : text;
      }

      @Override
      void record(String file, long line, Map<String, Object> record, RecordSink sink) {
        TaskDraft draft = finish(mapper.map(record, file, line), record);
        mapper.complete(draft, record);
        sink.accept(draft);
      }
    };
  }

  /** A started task is in progress; annotations are also readable as notes. */
  private static TaskDraft finish(TaskDraft draft, Map<String, Object> record) {
    if (draft.status == Status.TODO && record.get("start") != null) {
      draft.status = Status.IN_PROGRESS;
    }
    if (draft.notes == null && record.get("annotations") instanceof List<?> list) {
      String notes =
          list.stream()
              .map(a -> a instanceof Map<?, ?> map ? map.get("description") : a)
              .filter(Objects::nonNull)
              .map(Object::toString)
              .collect(Collectors.joining("\n"));
      draft.notes = notes.isEmpty() ? null : notes;
    }
    return draft;
  }
}
