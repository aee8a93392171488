/** Importers: foreign task files into a store, streaming, idempotent, without loss. */
package dev.quarry.tools.importing;
