/**
 * The change feed. The committing thread only puts its commit into {@link
 * dev.quarry.internal.change.CommitRing}; one dispatcher thread matches commits against the filters
 * and fills the queues of the subscriptions, which a few worker threads empty into the listeners. A
 * subscription that starts in the past, or whose queue is full, reads the change log by itself and
 * joins the dispatcher again when it has caught up.
 */
package dev.quarry.internal.change;
