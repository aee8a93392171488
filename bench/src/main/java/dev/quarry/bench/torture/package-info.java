/**
 * Torture: a child process does a random mix of writing verbs and is killed; the parent keeps a
 * model of what it announced and was told, and compares the store with it.
 */
package dev.quarry.bench.torture;
