/** Keeping a store equal to a folder of task files, as they change. */
package dev.quarry.tools.watching;
