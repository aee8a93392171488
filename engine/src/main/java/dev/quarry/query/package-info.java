/** Typed fields, conditions, queries and plans: what to find, in what order. */
package dev.quarry.query;
