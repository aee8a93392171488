/** Placeholder. */
package dev.quarry;
