package dev.quarry.tools.cli;

import dev.quarry.StoreStats;
import dev.quarry.tools.render.Values;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;
import picocli.CommandLine.Command;

/** Shows where the store's memory goes, as a tree. */
@Command(
    name = "memory",
    description = {
      "Show where the memory of the store goes, and what the process takes:",
      "  quarry --db tasks stats memory --format json"
    })
final class MemoryCommand extends StatisticsCommand {

  /** A part with its own parts, if any. */
  private record Node(String name, long bytes, List<Node> parts) {
    Map<String, Object> record() {
      Map<String, Object> record = new LinkedHashMap<>();
      record.put("name", name);
      record.put("bytes", bytes);
      if (!parts.isEmpty()) {
        record.put("parts", parts.stream().map(Node::record).toList());
      }
      return record;
    }

    /** For people: sizes, and no lines for what is empty. */
    Object lines() {
      if (parts.isEmpty()) {
        return Values.size(bytes);
      }
      Map<String, Object> lines = new LinkedHashMap<>();
      lines.put("all", Values.size(bytes));
      parts.stream().filter(part -> part.bytes > 0).forEach(p -> lines.put(p.name, p.lines()));
      return lines;
    }
  }

  @Override
  Map<String, Object> record(StoreStats stats, boolean people) {
    StoreStats.Memory memory = stats.memory();
    Node tree = tree(stats);
    Map<String, Object> record = new LinkedHashMap<>();
    if (people) {
      record.put("limit", memory.limitBytes() == 0 ? "none" : Values.size(memory.limitBytes()));
      record.put("store", tree.lines());
    } else {
      record.put("limit_bytes", memory.limitBytes());
      record.put("total_bytes", tree.bytes());
      record.put("parts", tree.parts().stream().map(Node::record).toList());
    }
    record.put("pressures", memory.pressures());
    record.put("fits", memory.fits());
    record.put("process", people ? lines(ProcessUse.now()) : ProcessUse.now());
    return record;
  }

  private static Map<String, Object> lines(Map<String, Object> use) {
    Map<String, Object> lines = new LinkedHashMap<>();
    use.forEach((name, value) -> lines.put(name, value instanceof Long n ? Values.size(n) : value));
    return lines;
  }

  private static Node tree(StoreStats stats) {
    StoreStats.Memory memory = stats.memory();
    long evictable = memory.blockCacheBytes() - memory.pinnedBytes();
    return new Node(
        "store",
        memory.sumBytes(),
        List.of(
            leaf("record_cache", memory.recordCacheBytes()),
            leaf("index", memory.indexBytes()),
            new Node(
                "block_cache",
                memory.blockCacheBytes(),
                List.of(leaf("pinned", memory.pinnedBytes()), leaf("evictable", evictable))),
            families("memtables", memory.memtableBytes(), stats, StoreStats.Family::memtableBytes),
            families("open_files", memory.tableBytes(), stats, StoreStats.Family::tableBytes)));
  }

  private static Node leaf(String name, long bytes) {
    return new Node(name, bytes, List.of());
  }

  private static Node families(
      String name, long bytes, StoreStats stats, ToLongFunction<StoreStats.Family> part) {
    List<Node> parts = new ArrayList<>();
    stats.families().forEach(family -> parts.add(leaf(family.name(), part.applyAsLong(family))));
    return new Node(name, bytes, parts);
  }
}
