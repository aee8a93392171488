package dev.quarry.internal.write;

import java.time.Instant;
import java.util.List;

/**
 * One commit, as those learn of it that follow the store.
 *
 * @param sequence its number
 * @param at when it was made
 * @param action what it was for
 * @param actor who made it, or null
 * @param changes what it did, in the order in which it was written; empty where only facts beside
 *     the tasks changed, such as a lease
 */
public record Commit(
    long sequence, Instant at, Action action, String actor, List<TaskChange> changes) {}
