/** What the store tells Java Flight Recorder. */
package dev.quarry.internal.events;
