/** The governor of the store's memory. */
package dev.quarry.internal.memory;
