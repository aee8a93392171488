/** Claims: the fenced verbs, their table in the storage, and the ends of leases. */
package dev.quarry.internal.claim;
