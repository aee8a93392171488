package dev.quarry;

import java.time.Instant;

/**
 * One backup of a store.
 *
 * @param number names it within its directory; rises with each backup
 * @param createdAt when it was made
 * @param storeId the store's random name, given at its creation
 * @param sequence the last commit that it holds; it holds all before that too
 * @param tasks tasks that it holds
 * @param files files that make it up
 * @param bytes bytes of these files
 * @param newFiles files that no earlier backup of the directory had
 * @param newBytes bytes of those
 */
public record BackupInfo(
    long number,
    Instant createdAt,
    String storeId,
    long sequence,
    long tasks,
    int files,
    long bytes,
    int newFiles,
    long newBytes) {}
