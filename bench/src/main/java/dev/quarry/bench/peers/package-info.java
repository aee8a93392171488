/**
 * Stores behind one adapter, so that the same work can be timed on each and the answers compared.
 */
package dev.quarry.bench.peers;
