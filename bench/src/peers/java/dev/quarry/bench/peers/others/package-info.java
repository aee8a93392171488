/** Other stores behind the adapter, each as its competent user would drive it. */
package dev.quarry.bench.peers.others;
