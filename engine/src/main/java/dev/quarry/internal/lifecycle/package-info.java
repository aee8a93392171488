/** Who may still use the store: leases, the failed state, handed-out objects. */
package dev.quarry.internal.lifecycle;
