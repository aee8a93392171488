package dev.quarry.internal.care.salvage;

import dev.quarry.SalvageReport;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongFunction;

/** What a salvage could not save: all counted, the first ones listed. Not thread-safe. */
final class LossList {
  private final Set<SalvageReport.Loss> losses = new LinkedHashSet<>();
  private final Set<String> lostIds = new LinkedHashSet<>();
  private final Set<Long> uncertain = new LinkedHashSet<>();
  private final List<String> uncertainIds = new ArrayList<>();
  private long lossCount;
  private long lostIdCount;
  private long uncertainCount;

  void add(String file, String family, String afterKey, String beforeKey, String why) {
    SalvageReport.Loss loss = new SalvageReport.Loss(file, family, afterKey, beforeKey, why);
    if (losses.contains(loss)) {
      return;
    }
    lossCount++;
    if (losses.size() < SalvageReport.MAX_LISTED) {
      losses.add(loss);
    }
  }

  void addLostId(String id) {
    if (lostIds.contains(id)) {
      return;
    }
    lostIdCount++;
    if (lostIds.size() < SalvageReport.MAX_LISTED) {
      lostIds.add(id);
    }
  }

  void addUncertain(long ordinal) {
    if (uncertain.contains(ordinal)) {
      return;
    }
    uncertainCount++;
    if (uncertain.size() < SalvageReport.MAX_LISTED) {
      uncertain.add(ordinal);
    }
  }

  /** Whether something of the family is lost, or may be. */
  boolean touches(String family) {
    return losses.stream().anyMatch(l -> l.family().equals(family) || l.family().isEmpty());
  }

  boolean isEmpty() {
    return lossCount == 0 && lostIdCount == 0;
  }

  /** Turns the ordinals into ids; {@code idOf} gives null for what was not saved after all. */
  void nameUncertain(LongFunction<String> idOf) {
    for (long ordinal : uncertain) {
      String id = idOf.apply(ordinal);
      if (id == null) {
        uncertainCount--;
      } else {
        uncertainIds.add(id);
      }
    }
  }

  SalvageReport report(long tasks, long sequence, Optional<Path> aside) {
    return new SalvageReport(
        tasks,
        sequence,
        List.copyOf(losses),
        lossCount,
        List.copyOf(lostIds),
        lostIdCount,
        uncertainIds,
        uncertainCount,
        aside,
        false);
  }
}
