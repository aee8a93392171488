package dev.quarry.tools.cli;

import dev.quarry.StoreStats;
import dev.quarry.tools.render.Values;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;

/** Shows the store in numbers; {@code stats memory} where its memory goes. */
@Command(subcommands = MemoryCommand.class)
final class StatsCommand extends StatisticsCommand {
  @Override
  Map<String, Object> record(StoreStats stats, boolean people) {
    Map<String, Object> record = record(stats);
    if (people) {
      record.put("families", families(stats));
      record.remove("disk_bytes");
      record.put("disk", Values.size(stats.diskBytes()));
    }
    return record;
  }

  private static Map<String, Object> record(StoreStats stats) {
    Map<String, Object> record = new LinkedHashMap<>();
    record.put("tasks", stats.tasks());
    record.put("sequence", stats.sequence());
    record.put("next_ordinal", stats.nextOrdinal());
    record.put("disk_bytes", stats.diskBytes());
    record.put("block_cache_bytes", stats.blockCacheBytes());
    record.put("open_cursors", stats.openCursors());
    record.put("open_snapshots", stats.openSnapshots());
    record.put("oversized_tasks", stats.oversizedTasks());
    record.put("cache", cache(stats.cache()));
    record.put("index", index(stats.index()));
    List<Map<String, Object>> families = new ArrayList<>();
    for (StoreStats.Family family : stats.families()) {
      Map<String, Object> row = new LinkedHashMap<>();
      row.put("name", family.name());
      row.put("keys", family.keys());
      row.put("sst_bytes", family.sstBytes());
      row.put("memtable_bytes", family.memtableBytes());
      row.put("table_bytes", family.tableBytes());
      row.put("files", family.files());
      families.add(row);
    }
    record.put("families", families);
    return record;
  }

  private static Map<String, Object> cache(StoreStats.Cache cache) {
    Map<String, Object> record = new LinkedHashMap<>();
    record.put("hits", cache.hits());
    record.put("misses", cache.misses());
    record.put("hit_rate", cache.hitRate().isPresent() ? cache.hitRate().getAsDouble() : null);
    record.put("entries", cache.entries());
    record.put("bytes", cache.bytes());
    record.put("maximum_bytes", cache.maximumBytes());
    return record;
  }

  private static Map<String, Object> index(StoreStats.Index index) {
    Map<String, Object> record = new LinkedHashMap<>();
    record.put("terms", index.terms());
    record.put("containers", index.containers());
    record.put("rows", index.rows());
    record.put("bytes", index.bytes());
    record.put("watermark", index.watermark());
    return record;
  }

  /** One line per column family, for people. */
  private static Map<String, Object> families(StoreStats stats) {
    Map<String, Object> lines = new LinkedHashMap<>();
    for (StoreStats.Family family : stats.families()) {
      lines.put(
          family.name(),
          family.keys()
              + " keys, "
              + family.files()
              + " files of "
              + Values.size(family.sstBytes())
              + ", memtable "
              + Values.size(family.memtableBytes()));
    }
    return lines;
  }
}
