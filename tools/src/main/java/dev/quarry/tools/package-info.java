/** Placeholder. */
package dev.quarry.tools;
