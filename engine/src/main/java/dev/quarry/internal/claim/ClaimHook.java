package dev.quarry.internal.claim;

import dev.quarry.Status;
import dev.quarry.Task;
import dev.quarry.internal.write.Staging;
import dev.quarry.internal.write.StagingHook;

/** Who moves a task out of progress, or removes it, ends its claim. */
final class ClaimHook implements StagingHook {
  private final LargeTasks large;
  private final Leases leases;

  ClaimHook(LargeTasks large, Leases leases) {
    this.large = large;
    this.leases = leases;
  }

  @Override
  public void changing(Staging staging, Task before, Task after) {
    if (before != null && large.fitsNow(staging, before, after)) {
      leases.lookAgain(before.id());
    }
    boolean leaves =
        before != null
            && before.status() == Status.IN_PROGRESS
            && (after == null || after.status() != Status.IN_PROGRESS);
    if (leaves) {
      ClaimRecord record = ClaimTable.read(staging, before.id());
      if (record.isClaimed()) {
        ClaimTable.write(staging, before.id(), record, record.ended(0));
      }
    }
  }

  /** As one that can be claimed again: in progress without a claim nobody would get it. */
  @Override
  public Task archiving(Staging staging, Task task) {
    boolean claimed =
        task.status() == Status.IN_PROGRESS && ClaimTable.read(staging, task.id()).isClaimed();
    return claimed ? task.withStatus(Status.TODO) : task;
  }
}
