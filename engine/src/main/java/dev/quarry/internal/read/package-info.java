/** Answers queries: predicates, planner, executor, scans. Private to Quarry. */
package dev.quarry.internal.read;
