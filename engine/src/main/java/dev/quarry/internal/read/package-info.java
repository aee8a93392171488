/** Record reader, planner, executor, scans, aggregates: every read verb, without a lock. */
package dev.quarry.internal.read;
