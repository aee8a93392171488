/** Races of the index's readers with its writer, run by jcstress. */
package dev.quarry.bench.jcstress;
