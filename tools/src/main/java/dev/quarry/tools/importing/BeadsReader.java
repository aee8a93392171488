package dev.quarry.tools.importing;

import dev.quarry.Link;
import dev.quarry.tools.format.Json;
import java.util.List;
import java.util.Map;

/**
 * The JSON lines of beads. Links of type {@code blocks} are dependencies, the others are links of
 * the task where they have their like, else RELATED; all are kept with their type, time and author
 * in the attribute {@code beads.dependencies}.
 */
final class BeadsReader extends JsonlReader {
  private final boolean tombstones;

  BeadsReader(ImportOptions options) {
    super(Dialect.BEADS, options);
    tombstones = options.tombstones();
  }

  @Override
  void record(String file, long line, Map<String, Object> record, RecordSink sink) {
    Object links = record.remove("dependencies");
    boolean tombstone = "tombstone".equals(record.get("status"));
    if (links instanceof List<?> list) {
      sink.count(ImportReport.LINKS, list.size());
    }
    if (tombstone) {
      sink.count(ImportReport.TOMBSTONES, 1);
      if (!tombstones) {
        sink.skipped(file, line);
        return;
      }
    }
    TaskDraft draft = mapper.map(record, file, line);
    if (record.get("priority") != null) {
      String name = Dialect.BEADS.name() + ".priority";
      draft.attributes.putIfAbsent(name, record.get("priority").toString());
    }
    if (links instanceof List<?> list && !list.isEmpty()) {
      draft.keep(Dialect.BEADS.name() + ".dependencies", Json.toText(links));
      list.forEach(link -> link(draft, link));
    } else if (links != null) {
      RecordMapper.keep(draft, Dialect.BEADS.name() + ".dependencies", links);
    }
    mapper.complete(draft, record);
    sink.accept(draft);
  }

  private static void link(TaskDraft draft, Object link) {
    if (link instanceof Map<?, ?> map
        && map.get("type") instanceof String type
        && map.get("depends_on_id") instanceof String id
        && !id.isEmpty()
        && id.length() <= dev.quarry.Task.MAX_NAME_CHARS) {
      switch (type) {
        case "blocks" -> draft.dependencies.add(id);
        // one spelling is that of beads, the other occurs in real files
        case "parent-child", "parent_child" -> draft.links.add(new Link(Link.Type.PARENT, id));
        case "duplicates" -> draft.links.add(new Link(Link.Type.DUPLICATES, id));
        case "supersedes" -> draft.links.add(new Link(Link.Type.SUPERSEDES, id));
        default -> draft.links.add(new Link(Link.Type.RELATED, id));
      }
    }
  }
}
