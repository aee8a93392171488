/** Placeholder. */
package dev.quarry.bench;
