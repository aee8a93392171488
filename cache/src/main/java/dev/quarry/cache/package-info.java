/** Placeholder. */
package dev.quarry.cache;
