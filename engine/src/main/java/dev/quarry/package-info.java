/**
 * Quarry, an embedded task store: {@link dev.quarry.TaskStore} holds tasks durably in RocksDB and
 * finds them by off-heap indexes. What a caller holds stands here; the query language stands in
 * {@link dev.quarry.query}; everything under {@code dev.quarry.internal} is private.
 */
package dev.quarry;
