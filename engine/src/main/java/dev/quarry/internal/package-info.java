/** Ties the rooms together: opening a store and the facade over them. Private to Quarry. */
package dev.quarry.internal;
