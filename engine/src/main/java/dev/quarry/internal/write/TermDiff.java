package dev.quarry.internal.write;

import dev.quarry.index.IndexBatch;
import dev.quarry.internal.codec.IndexedFields;
import dev.quarry.internal.index.IndexCatalog;
import dev.quarry.internal.index.Terms;
import dev.quarry.query.Field;
import java.util.List;
import java.util.Objects;

/** Which terms a task leaves and joins when it changes: only those move. */
final class TermDiff {
  private TermDiff() {}

  static void stage(
      IndexBatch batch,
      IndexCatalog catalog,
      IndexedFields before,
      IndexedFields after,
      long ordinal) {
    if (before == null) {
      Terms.forEach(after, catalog, (field, value) -> batch.add(field, value, ordinal));
      return;
    }
    if (after == null) {
      Terms.forEach(before, catalog, (field, value) -> batch.remove(field, value, ordinal));
      return;
    }
    if (before.status() != after.status() || before.priority() != after.priority()) {
      move(
          batch,
          Terms.STATUS_PRIORITY,
          Terms.pair(before.status(), before.priority()),
          Terms.pair(after.status(), after.priority()),
          ordinal);
    }
    moveValue(batch, Terms.STATUS, before.status(), after.status(), ordinal);
    moveValue(batch, Terms.PRIORITY, before.priority(), after.priority(), ordinal);
    moveValue(batch, Terms.PROJECT, before.project(), after.project(), ordinal);
    moveValue(batch, Terms.AGENT, before.agent(), after.agent(), ordinal);
    moveValue(batch, Terms.ASSIGNEE, before.assignee(), after.assignee(), ordinal);
    moveTags(batch, before.tags(), after.tags(), ordinal);
    for (IndexCatalog.Entry entry : catalog.equality()) {
      Field<?> field = entry.spec().parts().get(0).field();
      moveValue(batch, entry.number(), before.value(field), after.value(field), ordinal);
    }
  }

  private static void moveValue(
      IndexBatch batch, int field, Object before, Object after, long ordinal) {
    if (!Objects.equals(before, after)) {
      move(batch, field, Terms.termBytes(before), Terms.termBytes(after), ordinal);
    }
  }

  /** Into the new list first: readers never miss the task in both. */
  private static void move(IndexBatch batch, int field, byte[] before, byte[] after, long ordinal) {
    batch.add(field, after, ordinal);
    batch.remove(field, before, ordinal);
  }

  private static void moveTags(
      IndexBatch batch, List<String> before, List<String> after, long ordinal) {
    if (before.equals(after)) {
      return;
    }
    for (String tag : after) {
      if (!before.contains(tag)) {
        batch.add(Terms.TAGS, Terms.termBytes(tag), ordinal);
      }
    }
    if (after.isEmpty()) {
      batch.add(Terms.TAGS, Terms.termBytes(null), ordinal);
    }
    for (String tag : before) {
      if (!after.contains(tag)) {
        batch.remove(Terms.TAGS, Terms.termBytes(tag), ordinal);
      }
    }
    if (before.isEmpty()) {
      batch.remove(Terms.TAGS, Terms.termBytes(null), ordinal);
    }
  }
}
