package dev.quarry.tools.serving;

import dev.quarry.StoreStats;
import java.util.Map;
import java.util.function.ToLongFunction;

/** What a store and its server tell of themselves, as Prometheus reads it. */
final class Metrics {
  private final Served served;
  private final Admission admission;
  private final ChangeStreams streams;

  Metrics(Served served, Admission admission, ChangeStreams streams) {
    this.served = served;
    this.admission = admission;
    this.streams = streams;
  }

  /** The present values. */
  String text() {
    StoreStats stats = served.store().stats();
    MetricsText text = new MetricsText();
    store(text, stats);
    cache(text, stats.cache());
    memory(text, stats);
    families(text, stats);
    server(text);
    return text.toString();
  }

  private static void store(MetricsText text, StoreStats stats) {
    text.gauge("quarry_tasks", "Tasks in the store.", stats.tasks());
    text.counter("quarry_commits_total", "Sequence of the last commit.", stats.sequence());
    text.gauge("quarry_disk_bytes", "Files in the store's directory.", stats.diskBytes());
    text.gauge("quarry_open_cursors", "Cursors not yet closed.", stats.openCursors());
    text.gauge("quarry_open_snapshots", "Snapshots not yet closed.", stats.openSnapshots());
    StoreStats.Index index = stats.index();
    text.gauge("quarry_index_terms", "Terms with at least one task.", index.terms());
    text.gauge("quarry_index_containers", "Posting containers.", index.containers());
    text.gauge("quarry_index_rows", "Projection rows.", index.rows());
    text.gauge("quarry_index_watermark", "Sequence that it reflects.", index.watermark());
  }

  private static void cache(MetricsText text, StoreStats.Cache cache) {
    text.counter("quarry_cache_hits_total", "Look-ups of records answered.", cache.hits());
    text.counter("quarry_cache_misses_total", "Look-ups not answered.", cache.misses());
    text.gauge("quarry_cache_entries", "Records held.", cache.entries());
    text.gauge("quarry_cache_maximum_bytes", "Bound of their weight.", cache.maximumBytes());
  }

  private static void memory(MetricsText text, StoreStats stats) {
    StoreStats.Memory memory = stats.memory();
    text.gauge("quarry_memory_limit_bytes", "The limit; 0 for none.", memory.limitBytes());
    part(text, "record_cache", memory.recordCacheBytes());
    part(text, "index", memory.indexBytes());
    part(text, "block_cache", memory.blockCacheBytes());
    part(text, "memtables", memory.memtableBytes());
    part(text, "open_files", memory.tableBytes());
    text.gauge("quarry_memory_pinned_bytes", "Blocks in use.", memory.pinnedBytes());
    text.counter("quarry_memory_pressures_total", "Times over the limit.", memory.pressures());
  }

  private static void part(MetricsText text, String part, long bytes) {
    text.gauge("quarry_memory_bytes", "What the store holds.", Map.of("part", part), bytes);
  }

  private static void families(MetricsText text, StoreStats stats) {
    family(text, stats, "keys", "Keys, as RocksDB estimates.", StoreStats.Family::keys);
    family(text, stats, "sst_bytes", "Live SST files.", StoreStats.Family::sstBytes);
    family(text, stats, "files", "Number of these files.", StoreStats.Family::files);
  }

  private static void family(
      MetricsText text,
      StoreStats stats,
      String what,
      String help,
      ToLongFunction<StoreStats.Family> value) {
    for (StoreStats.Family family : stats.families()) {
      Map<String, String> labels = Map.of("family", family.name());
      text.gauge("quarry_family_" + what, help, labels, value.applyAsLong(family));
    }
  }

  private void server(MetricsText text) {
    String requests = "Requests to this server.";
    String name = "quarry_http_requests_total";
    text.counter(name, requests, Map.of("outcome", "admitted"), admission.admitted());
    text.counter(name, requests, Map.of("outcome", "refused"), admission.refused());
    text.gauge("quarry_stream_subscribers", "Streams of changes open.", streams.count());
    text.counter("quarry_stream_changes_total", "Changes sent.", streams.sent());
    text.counter("quarry_stream_skipped_total", "Changes left out.", streams.skipped());
    text.counter("quarry_stream_stopped_total", "Readers that took nothing.", streams.stopped());
  }
}
