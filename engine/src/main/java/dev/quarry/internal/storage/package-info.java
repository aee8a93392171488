/**
 * The gateway to RocksDB: column families, batches, iterators, snapshots, the directory's lock and
 * format file. Nothing of {@code org.rocksdb} leaves this package.
 */
package dev.quarry.internal.storage;
