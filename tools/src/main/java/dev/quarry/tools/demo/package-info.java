/** The guided tour: {@code quarry demo}. */
package dev.quarry.tools.demo;
