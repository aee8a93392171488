/**
 * JMH benches, one class per question. Each has a {@code raw} counterpart: RocksDB alone, doing
 * only the same key-value work with the same bytes. Run them with {@code bench/run.sh}.
 */
package dev.quarry.bench.jmh;
