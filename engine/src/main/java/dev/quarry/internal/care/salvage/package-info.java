/** What can be saved of a damaged store, and how it is made to open again. */
package dev.quarry.internal.care.salvage;
