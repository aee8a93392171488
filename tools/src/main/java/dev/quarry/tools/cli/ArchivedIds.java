package dev.quarry.tools.cli;

import dev.quarry.BulkResult;
import dev.quarry.Job;

/** What the commands of the archive say. */
final class ArchivedIds {
  private ArchivedIds() {}

  /** Prints how many tasks were moved; exit code 1 where some were not there. */
  static int told(Session session, String verb, BulkResult result) {
    session.out().line(verb + " " + result.updated());
    if (result.missing().isEmpty()) {
      return ExitCode.OK;
    }
    throw new CliException(
        ExitCode.NEGATIVE,
        "no task `" + String.join("`, `", result.missing()) + "`",
        "it is neither where it should come from nor where it should go",
        "quarry list");
  }

  /** Waits for a job and prints what it did. */
  static int ended(Session session, String verb, Job job) {
    try {
      Job.Progress progress = job.await();
      session.out().line(verb + " " + progress.changed());
      progress.problems().forEach(session::note);
      return ExitCode.OK;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      job.cancel();
      throw new CliException(
          ExitCode.INTERRUPTED, "interrupted", "finished chunks stay", "run it again to go on");
    }
  }
}
