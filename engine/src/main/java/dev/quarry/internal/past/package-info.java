/** The store as it was: reads as of a sequence, differences, a task's history, undo. */
package dev.quarry.internal.past;
