package dev.quarry.tools.cli;

import java.time.InstantSource;

/**
 * What commands get from outside.
 *
 * @param terminal what the process is connected to
 * @param opener opens stores
 * @param clock source of now
 */
record Context(Terminal terminal, StoreOpener opener, InstantSource clock) {}
