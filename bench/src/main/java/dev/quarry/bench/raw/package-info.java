/** The yardstick: RocksDB alone, without indexes, cache or queries. */
package dev.quarry.bench.raw;
