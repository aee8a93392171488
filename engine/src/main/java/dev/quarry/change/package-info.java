/**
 * The change feed: what commits did, task by task, in commit order. {@link
 * dev.quarry.TaskStore#watch(dev.quarry.change.WatchOptions, java.util.function.Consumer)} starts a
 * {@link dev.quarry.change.Subscription} from any sequence that the change log retains, without gap
 * and without double.
 */
package dev.quarry.change;
