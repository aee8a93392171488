package dev.quarry;

/**
 * The store held more memory than {@link TaskStoreOptions#memoryLimitBytes} and gave some back. Its
 * listener is called in the thread that looks after the memory, when that is done; see {@link
 * TaskStoreOptions#onMemoryPressure}.
 *
 * @param before what was held, over the limit
 * @param after what is held now; over the limit still only where {@link StoreStats.Memory#fits} is
 *     false, or where others have filled what was emptied
 */
public record MemoryPressure(StoreStats.Memory before, StoreStats.Memory after) {}
