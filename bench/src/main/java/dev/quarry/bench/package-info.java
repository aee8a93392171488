/**
 * Workloads and runs that measure a store: the deterministic generator, the reader of a recorded
 * trace, and the commands behind {@code quarry bench}.
 */
package dev.quarry.bench;
