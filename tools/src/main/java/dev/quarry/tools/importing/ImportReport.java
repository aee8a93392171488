package dev.quarry.tools.importing;

import dev.quarry.Status;
import dev.quarry.tools.format.ChecklistItems;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What an import did, or would do. {@code created + updated + unchanged + skipped + failed} is
 * {@code records}.
 *
 * @param format the format that was read
 * @param dryRun whether nothing was written
 * @param aborted whether it stopped at the first error
 * @param files files read
 * @param records records found
 * @param created tasks that were not there
 * @param updated tasks that were changed
 * @param unchanged tasks that were as in the source
 * @param skipped records left out on purpose: tombstones, duplicates, tasks of the archive, files
 *     without front matter
 * @param failed records that could not be imported
 * @param stubs tasks created for dangling dependencies, beyond the records
 * @param errors what failed, the first 1,000
 * @param errorCount how many errors there were
 * @param warnings what was imported but deserves a look, the first 1,000
 * @param warningCount how many warnings there were
 * @param statuses status words of the source with what became of them
 * @param attributes how many tasks keep a source field in an attribute, by name
 * @param mappedIds new id by id of the source where that one was not legal or taken
 * @param dangling ids that were depended on but are nowhere, the first 1,000
 * @param danglingCount dependencies on such ids
 * @param danglingPolicy what was done with them
 * @param details other counts, such as tombstones, links, checklist items
 * @param lost source fields that belong to no task, with how often they occurred
 * @param ids the ids of the first tasks
 */
public record ImportReport(
    Format format,
    boolean dryRun,
    boolean aborted,
    long files,
    long records,
    long created,
    long updated,
    long unchanged,
    long skipped,
    long failed,
    long stubs,
    List<ImportProblem> errors,
    long errorCount,
    List<ImportProblem> warnings,
    long warningCount,
    List<StatusMapping> statuses,
    Map<String, Long> attributes,
    Map<String, String> mappedIds,
    List<String> dangling,
    long danglingCount,
    DanglingPolicy danglingPolicy,
    Map<String, Long> details,
    Map<String, Long> lost,
    List<String> ids) {
  /** The key of {@link #details} for deleted records of the source. */
  public static final String TOMBSTONES = "tombstones";

  /** The key of {@link #details} for typed links between records. */
  public static final String LINKS = "links";

  /** The key of {@link #details} for dependencies that would close a circle. */
  public static final String CIRCULAR = "circular dependencies kept as attributes";

  /** The key of {@link #details} for checklist items. */
  public static final String CHECKLIST = "checklist items";

  /**
   * One word for a status.
   *
   * @param word the source's word
   * @param status what it became
   * @param count how often
   */
  public record StatusMapping(String word, Status status, long count) {
    private boolean isPlain() {
      return word.replace(' ', '_').replace('-', '_').toUpperCase(Locale.ROOT).equals(status.name())
          && word.equals(word.toLowerCase(Locale.ROOT));
    }

    /** The word, quoted if it has spaces, the status, the count. */
    @Override
    public String toString() {
      String shown = word.matches("\\S+") ? word : '"' + word + '"';
      return shown + "\u2192" + status + " " + grouped(count);
    }
  }

  /** Whether every record found its place. */
  public boolean isClean() {
    return errorCount == 0 && !aborted;
  }

  /** Tasks of the source: records but for the skipped and failed ones. */
  public long tasks() {
    return created + updated + unchanged;
  }

  /** The report as lines: one that says what was read, one with the outcome, then the problems. */
  public List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add(head());
    lines.add(outcome());
    if (!mappedIds.isEmpty()) {
      lines.add("ids mapped: " + abridged(mappedIds.entrySet(), 10));
    }
    errors.stream().limit(20).forEach(e -> lines.add("error: " + e));
    if (errorCount > 20) {
      lines.add("... " + grouped(errorCount - Math.min(20, errors.size())) + " more errors");
    }
    warnings.stream().limit(10).forEach(w -> lines.add("warning: " + w));
    if (warningCount > 10) {
      lines.add("... " + grouped(warningCount - Math.min(10, warnings.size())) + " more warnings");
    }
    return lines;
  }

  private String head() {
    StringBuilder text = new StringBuilder(format.label()).append(": ");
    long tombstones = details.getOrDefault(TOMBSTONES, 0L);
    if (tombstones > 0) {
      text.append(counted(records, "record")).append(": ");
    }
    long active = skippedTombstones() || tombstones == 0 ? tasks() : tasks() - tombstones;
    text.append(counted(active, "task"));
    if (records == 1 && ids.size() == 1) {
      text.append(" (").append(ids.get(0)).append(')');
    }
    if (tombstones > 0) {
      text.append(", ").append(counted(tombstones, "tombstone"));
      text.append(
          skippedTombstones()
              ? " (not imported; --tombstones keeps them as cancelled tasks)"
              : " (kept as cancelled tasks)");
    }
    details.forEach(
        (name, count) -> {
          if (!name.equals(TOMBSTONES) && count > 0) {
            String noun =
                count == 1 && name.endsWith("s") ? name.substring(0, name.length() - 1) : name;
            text.append(", ").append(grouped(count)).append(' ').append(noun);
          }
        });
    if (danglingCount > 0) {
      String fate =
          switch (danglingPolicy) {
            case ALLOW -> " kept (";
            case SKIP -> " taken out (";
            case STUB -> " given stubs (";
            case STRICT -> " refused (";
          };
      text.append(", ").append(counted(danglingCount, "dangling dependency")).append(fate);
      text.append(abridged(dangling, 3)).append(')');
    }
    List<StatusMapping> words = statuses.stream().filter(s -> !s.isPlain()).toList();
    if (!words.isEmpty()) {
      text.append("; status mapping: ").append(abridged(words, 8));
    }
    appendAttributes(text);
    long gone = lost.values().stream().mapToLong(Long::longValue).sum();
    text.append("; ")
        .append(grouped(gone))
        .append(gone == 1 ? " field" : " fields")
        .append(" lost");
    if (gone > 0) {
      text.append(" (").append(abridged(lost.keySet(), 5)).append(')');
    }
    return text.toString();
  }

  private void appendAttributes(StringBuilder text) {
    // the body of a Markdown file is no field of it
    List<Map.Entry<String, Long>> kept =
        attributes.entrySet().stream()
            .filter(e -> format != Format.MARKDOWN || !e.getKey().equals(ChecklistItems.BODY))
            .toList();
    if (!kept.isEmpty()) {
      text.append("; fields kept as attributes: ");
      text.append(
          abridged(
              kept.stream()
                  .sorted(
                      Map.Entry.<String, Long>comparingByValue()
                          .reversed()
                          .thenComparing(Map.Entry.comparingByKey()))
                  .map(e -> e.getKey() + " " + grouped(e.getValue()))
                  .toList(),
              6));
    }
  }

  private boolean skippedTombstones() {
    return skipped >= details.getOrDefault(TOMBSTONES, 0L)
        && details.getOrDefault(TOMBSTONES, 0L) > 0;
  }

  private String outcome() {
    String text =
        (dryRun ? "would create " : "created ")
            + grouped(created)
            + (dryRun ? ", would update " : ", updated ")
            + grouped(updated)
            + ", unchanged "
            + grouped(unchanged)
            + ", skipped "
            + grouped(skipped)
            + ", errors "
            + grouped(errorCount);
    if (stubs > 0) {
      text += ", stubs " + grouped(stubs);
    }
    return aborted ? text + "; stopped at the first error" : text;
  }

  private static String abridged(Iterable<?> items, int most) {
    List<String> shown = new ArrayList<>();
    for (Object item : items) {
      if (shown.size() == most) {
        shown.add("\u2026");
        break;
      }
      shown.add(item.toString());
    }
    return shown.stream().collect(Collectors.joining(", "));
  }

  private static String counted(long n, String noun) {
    String plural = noun.endsWith("y") ? noun.substring(0, noun.length() - 1) + "ies" : noun + "s";
    return grouped(n) + " " + (n == 1 ? noun : plural);
  }

  private static String grouped(long n) {
    return String.format(Locale.ROOT, "%,d", n);
  }
}
