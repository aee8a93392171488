package dev.quarry.tools.format;

import dev.quarry.Priority;
import dev.quarry.Status;
import java.util.HashMap;
import java.util.Map;

/** The words of task files for a status and a priority. */
public final class Words {
  private static final Map<String, Status> STATUS = new HashMap<>();
  private static final Map<String, Priority> PRIORITY = new HashMap<>();

  static {
    status(
        Status.TODO,
        "todo open new pending backlog ready planned notstarted created reopened unstarted queued"
            + " recurring draft triage accepted proposed");
    status(
        Status.IN_PROGRESS,
        "inprogress doing started active wip inreview review hooked working testing inqa"
            + " indevelopment pinned claimed assigned running");
    status(Status.BLOCKED, "blocked onhold waiting paused deferred stalled postponed pendinginfo");
    status(
        Status.DONE,
        "done completed complete closed finished resolved fixed merged verified shipped");
    status(Status.FAILED, "failed error failure broken");
    status(
        Status.CANCELLED,
        "cancelled canceled wontdo wontfix deleted abandoned rejected duplicate obsolete tombstone"
            + " invalid discarded notplanned archived");
    priority(Priority.LOW, "low minor trivial lowest verylow p3 p4 3 4 5 c d l");
    priority(Priority.MEDIUM, "medium normal med moderate default m p2 2 b");
    priority(Priority.HIGH, "high major important p1 1 h");
    priority(Priority.CRITICAL, "critical urgent highest blocker veryhigh showstopper p0 0 a");
  }

  private Words() {}

  private static void status(Status status, String words) {
    for (String word : words.split(" ", -1)) {
      STATUS.put(word, status);
    }
  }

  private static void priority(Priority priority, String words) {
    for (String word : words.split(" ", -1)) {
      PRIORITY.put(word, priority);
    }
  }

  /** The status of a word, or null. */
  public static Status status(String word) {
    return STATUS.get(SourceNames.plain(word));
  }

  /** Whether the word is just another spelling of the status's name. */
  public static boolean names(String word, Enum<?> constant) {
    return SourceNames.plain(word).equals(SourceNames.plain(constant.name()));
  }

  /** The priority of a word, or null. */
  public static Priority priority(String word) {
    return PRIORITY.get(SourceNames.plain(word));
  }

  /** The word that a JSON board has for a status. */
  public static String boardWord(Status status) {
    return switch (status) {
      case TODO -> "PENDING";
      case DONE -> "COMPLETED";
      default -> status.name();
    };
  }
}
