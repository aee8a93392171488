/** The commands of the {@code quarry} tool: options, errors, exit codes. */
package dev.quarry.tools.cli;
