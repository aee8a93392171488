package dev.quarry.internal.write;

import dev.quarry.Link;
import dev.quarry.Status;
import dev.quarry.Task;
import dev.quarry.internal.codec.IndexedFields;
import dev.quarry.internal.codec.RecordCodec;
import dev.quarry.internal.index.LinkEntries;
import dev.quarry.internal.index.Waits;
import dev.quarry.internal.storage.Family;
import dev.quarry.internal.storage.Keys;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Keeps the links and the counts of what tasks wait for, in the commit that changes them: stages
 * the entries of the links and waits families, and says which tasks are ready before and after.
 *
 * <p>A task's count is kept while its status is TODO only, so that the many tasks that are done
 * cost nothing; it is taken anew when the task becomes TODO. A task that closes or opens moves the
 * counts of those that depend on it by one, by their keys alone.
 */
final class Blockers {
  private static final byte[] NOTHING = {};

  private final Staging staging;
  private final StagedState state;
  private final boolean absentBlocks;

  Blockers(Staging staging, boolean absentBlocks) {
    this.staging = staging;
    this.state = staging.state();
    this.absentBlocks = absentBlocks;
  }

  /** Stages everything that follows from the changes; returns the other tasks that it touches. */
  List<WaitChange> resolve(List<Staging.Entry> changed, Set<String> held) {
    new Cycles(staging, changed).check();
    Map<Long, Integer> moves = moves(changed);
    for (Staging.Entry entry : changed) {
      count(entry, moves.remove(entry.ordinal));
    }
    for (Staging.Entry entry : changed) {
      stageLinks(entry);
    }
    List<WaitChange> waits = new ArrayList<>();
    for (String id : held) {
      Staging.Entry entry = staging.known(id);
      if (entry.now != null && !entry.isChanged()) {
        addHold(waits, entry, moves);
      }
    }
    moves.forEach((ordinal, by) -> addMove(waits, ordinal, by));
    return waits;
  }

  boolean wasReady(Staging.Entry entry) {
    return entry.stored != null && entry.stored.status() == Status.TODO && entry.waitsBefore == 0;
  }

  boolean isReady(Staging.Entry entry) {
    return entry.now != null && entry.now.status() == Status.TODO && entry.waitsAfter == 0;
  }

  private boolean isOpen(Status status) {
    return status == null ? absentBlocks : status != Status.DONE;
  }

  private boolean wasOpen(Staging.Entry entry) {
    return isOpen(entry.stored == null ? state.archived(entry.id) : entry.stored.status());
  }

  private boolean isOpen(Staging.Entry entry) {
    if (entry.now != null) {
      return isOpen(entry.now.status());
    }
    byte[] record = staging.archived(entry.id);
    return isOpen(record == null ? null : RecordCodec.status(record));
  }

  private boolean isOpen(String id) {
    Staging.Entry entry = staging.known(id);
    if (entry != null) {
      return isOpen(entry);
    }
    return isOpen(state.status(id));
  }

  /** By how much the counts of dependent tasks move. */
  private Map<Long, Integer> moves(List<Staging.Entry> changed) {
    Map<Long, Integer> moves = new LinkedHashMap<>();
    for (Staging.Entry entry : changed) {
      boolean before = wasOpen(entry);
      boolean after = isOpen(entry);
      if (before != after && isTarget(entry.id)) {
        for (long dependent : dependents(entry.id)) {
          moves.merge(dependent, after ? 1 : -1, Integer::sum);
        }
      }
    }
    return moves;
  }

  private boolean isTarget(String id) {
    return state.side(Family.LINKS, LinkEntries.marker(id)) != null;
  }

  private List<Long> dependents(String id) {
    return state.ordinals(Family.LINKS, LinkEntries.prefix(id, LinkEntries.BLOCKS));
  }

  /** Takes the count of a task that the commit changes. */
  private void count(Staging.Entry entry, Integer moved) {
    boolean wasTodo = entry.stored != null && entry.stored.status() == Status.TODO;
    int before = wasTodo ? staging.waits(entry.ordinal) : 0;
    entry.waitsBefore = before;
    int after = 0;
    if (entry.now != null && entry.now.status() == Status.TODO) {
      boolean same =
          wasTodo && moved == null && entry.stored.dependencies().equals(entry.now.dependencies());
      int open = same ? Waits.open(before) : open(entry.now.dependencies());
      Boolean hold = staging.hold(entry.id);
      boolean held = hold != null ? hold : (before & Waits.HELD) != 0;
      after = held ? open | Waits.HELD : open;
    }
    entry.waitsAfter = after;
    if (before != after) {
      staging.attach(Family.WAITS, Keys.number(entry.ordinal), Waits.encode(after));
    }
  }

  private int open(Collection<String> dependencies) {
    int open = 0;
    for (String id : dependencies) {
      open += isOpen(id) ? 1 : 0;
    }
    return open;
  }

  private void addHold(List<WaitChange> waits, Staging.Entry entry, Map<Long, Integer> moves) {
    if (entry.now.status() != Status.TODO) {
      return;
    }
    int before = staging.waits(entry.ordinal);
    Integer moved = moves.remove(entry.ordinal);
    int open = Waits.open(before) + (moved == null ? 0 : moved);
    int after = staging.hold(entry.id) ? open | Waits.HELD : open;
    addChange(waits, entry.ordinal, before, after, entry.now);
  }

  private void addMove(List<WaitChange> waits, long ordinal, int by) {
    int before = staging.waits(ordinal);
    // only TODO tasks have a count; one of 0 has no key, so rising from it needs the status
    if (by == 0 || (by < 0 && Waits.open(before) == 0)) {
      return;
    }
    if (before == 0 && state.status(ordinal) != Status.TODO) {
      return;
    }
    addChange(waits, ordinal, before, before + by, null);
  }

  private void addChange(List<WaitChange> waits, long ordinal, int before, int after, Task known) {
    if (before == after) {
      return;
    }
    staging.attach(Family.WAITS, Keys.number(ordinal), Waits.encode(after));
    boolean crosses = (before == 0) != (after == 0);
    Task task = !crosses || known != null ? known : state.task(ordinal);
    waits.add(new WaitChange(ordinal, crosses ? IndexedFields.of(task) : null, after == 0));
  }

  private void stageLinks(Staging.Entry entry) {
    if (entry.now != null && entry.stored != null && haveSameTargets(entry.now, entry.stored)) {
      return;
    }
    Map<Target, Boolean> diff = new LinkedHashMap<>();
    targets(entry.now).forEach(target -> diff.put(target, true));
    for (Target target : targets(entry.stored)) {
      if (diff.remove(target) == null) {
        diff.put(target, false);
      }
    }
    diff.forEach(
        (target, added) -> {
          byte[] key = LinkEntries.key(target.id(), target.type(), entry.ordinal);
          staging.attach(Family.LINKS, key, added ? NOTHING : null);
          if (added) {
            staging.attach(Family.LINKS, LinkEntries.marker(target.id()), NOTHING);
          }
        });
  }

  private static boolean haveSameTargets(Task a, Task b) {
    return a.dependencies().equals(b.dependencies()) && a.links().equals(b.links());
  }

  private record Target(String id, int type) {}

  private static Set<Target> targets(Task task) {
    if (task == null || (task.dependencies().isEmpty() && task.links().isEmpty())) {
      return Set.of();
    }
    Set<Target> targets = new HashSet<>();
    for (String id : task.dependencies()) {
      targets.add(new Target(id, LinkEntries.BLOCKS));
    }
    for (Link link : task.links()) {
      targets.add(new Target(link.target(), LinkEntries.type(link.type())));
    }
    return targets;
  }
}
