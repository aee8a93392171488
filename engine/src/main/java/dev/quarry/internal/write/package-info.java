/** The commit pipeline: one committer at a time, one batch a commit, derived state right after. */
package dev.quarry.internal.write;
