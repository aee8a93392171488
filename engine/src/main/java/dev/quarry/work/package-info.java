/** Tasks as work: what is ready, who has claimed it, and what waits for what. */
package dev.quarry.work;
