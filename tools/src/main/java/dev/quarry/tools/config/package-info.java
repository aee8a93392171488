/** The tool's configuration: files in YAML, variables of the environment, and what they set. */
package dev.quarry.tools.config;
