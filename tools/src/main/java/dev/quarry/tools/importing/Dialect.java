package dev.quarry.tools.importing;

import dev.quarry.Priority;
import dev.quarry.Status;
import dev.quarry.tools.format.Slot;
import dev.quarry.tools.format.SourceNames;
import dev.quarry.tools.format.Times;
import dev.quarry.tools.format.Words;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * How one format names fields and words. A word that is in {@link #exactStatus} or {@link
 * #exactPriority} needs no record of its own, since only that word becomes that constant.
 */
final class Dialect {
  static final Dialect MARKDOWN = new Dialect("md").slot(Slot.DESCRIPTION, "description", "desc");
  static final Dialect JSON = new Dialect("json");

  /** Boards, which are exported again in the same spelling. */
  static final Dialect BOARD = new Dialect("json").strict();

  static final Dialect YAML = new Dialect("yaml");
  static final Dialect CSV = new Dialect("csv").more(Slot.DEPENDENCIES, "inwardissuelinkblocks");
  static final Dialect BEADS =
      new Dialect("beads")
          .exact("open", Status.TODO)
          .exact("closed", Status.DONE)
          .slot(Slot.DEPENDENCIES);
  static final Dialect TASK_MASTER =
      new Dialect("task-master")
          .exact("pending", Status.TODO)
          .slot(Slot.ID)
          .slot(Slot.DEPENDENCIES);
  static final Dialect TASKWARRIOR =
      new Dialect("taskwarrior")
          .exact("pending", Status.TODO)
          .exact("completed", Status.DONE)
          .exact("deleted", Status.CANCELLED)
          .exact("h", Priority.HIGH)
          .exact("m", Priority.MEDIUM)
          .exact("l", Priority.LOW)
          .slot(Slot.ID, "uuid")
          .slot(Slot.TITLE, "description")
          .slot(Slot.DESCRIPTION)
          .slot(Slot.CREATED, "entry")
          .slot(Slot.COMPLETED, "end")
          .slot(Slot.DUE, "due")
          .slot(Slot.DEPENDENCIES, "depends");

  private final String name;
  private final Map<Slot, List<String>> slots = new EnumMap<>(Slot.class);
  private final Map<String, Status> exactStatus = new HashMap<>();
  private final Map<String, Priority> exactPriority = new HashMap<>();

  private boolean strict;

  private Dialect(String name) {
    this.name = name;
    for (Slot slot : Slot.values()) {
      slots.put(slot, slot.names());
    }
  }

  private Dialect strict() {
    strict = true;
    return this;
  }

  private Dialect slot(Slot slot, String... names) {
    slots.put(slot, List.of(names));
    return this;
  }

  private Dialect more(Slot slot, String name) {
    List<String> names = new ArrayList<>(slots.get(slot));
    names.add(name);
    slots.put(slot, List.copyOf(names));
    return this;
  }

  private Dialect exact(String word, Status status) {
    exactStatus.put(word, status);
    return this;
  }

  private Dialect exact(String word, Priority priority) {
    exactPriority.put(word, priority);
    return this;
  }

  /** What the attribute of an original value begins with. */
  String name() {
    return name;
  }

  /** Plain names of a slot's source fields. */
  List<String> names(Slot slot) {
    return slots.get(slot);
  }

  /** Whether the constant alone says that the source had this very word. */
  boolean says(Status status, String word) {
    if (strict) {
      return Words.boardWord(status).equals(word);
    }
    return exactStatus(word) != null || Words.names(word, status);
  }

  /** Whether the constant alone says that the source had this very word. */
  boolean says(Priority priority, String word) {
    if (strict) {
      return priority != Priority.MEDIUM && priority.name().equals(word);
    }
    return exactPriority(word) != null || Words.names(word, priority);
  }

  /** Whether times of change are kept as written, too, since a store fills them in. */
  boolean keepsUpdated() {
    return strict;
  }

  /** Whether the instant alone says that the source had this very text. */
  boolean says(Times.Parsed time, String text) {
    return time.exact() && (!strict || time.instant().toString().equals(text));
  }

  /** The status that only this word becomes, or null. */
  Status exactStatus(String word) {
    return exactStatus.get(SourceNames.plain(word));
  }

  /** The priority that only this word becomes, or null. */
  Priority exactPriority(String word) {
    return exactPriority.get(SourceNames.plain(word));
  }
}
