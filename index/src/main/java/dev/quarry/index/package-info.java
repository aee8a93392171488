/**
 * Posting lists by term and fixed-width projections by ordinal: derived state that is stamped with
 * the sequence that it reflects and can be thrown away. This module knows neither tasks nor the
 * storage engine: a term is a field number and value bytes, an ordinal is a number.
 */
package dev.quarry.index;
