/** Care for a store's files. */
package dev.quarry.internal.care;
