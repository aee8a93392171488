/**
 * Which indexes there are, what a task contributes to them, and how they are built, caught up and
 * checked.
 */
package dev.quarry.internal.index;
