/** Backups: hashed copies of a store's files that share what did not change. */
package dev.quarry.internal.care.backup;
