/**
 * Bytes: the record codec (the one place that knows Kryo) and the order-preserving keys of ordered
 * indexes. Private to Quarry.
 */
package dev.quarry.internal.codec;
