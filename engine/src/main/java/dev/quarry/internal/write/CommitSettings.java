package dev.quarry.internal.write;

import java.time.InstantSource;

/**
 * How commits are made.
 *
 * @param keptCommits commits that the change log keeps
 * @param clock source of the times of commits
 * @param actor who makes commits that name nobody else, or null
 * @param absentBlocks whether a dependency on an id without a task keeps a task from being ready
 * @param mostBytes what one commit may write, about
 */
public record CommitSettings(
    long keptCommits, InstantSource clock, String actor, boolean absentBlocks, long mostBytes) {}
