/** Exporters: tasks out of a store into files that import again to equal tasks. */
package dev.quarry.tools.exporting;
