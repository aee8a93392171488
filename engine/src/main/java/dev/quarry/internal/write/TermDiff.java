package dev.quarry.internal.write;

import dev.quarry.index.IndexBatch;
import dev.quarry.internal.codec.IndexedFields;
import dev.quarry.internal.index.IndexCatalog;
import dev.quarry.internal.index.Terms;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Set;

/** Which terms a task leaves and joins when it changes: only those move. */
final class TermDiff {
  private TermDiff() {}

  private record Term(int field, ByteBuffer value) {}

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
    Set<Term> old = new HashSet<>();
    Terms.forEach(
        before, catalog, (field, value) -> old.add(new Term(field, ByteBuffer.wrap(value))));
    Terms.forEach(
        after,
        catalog,
        (field, value) -> {
          if (!old.remove(new Term(field, ByteBuffer.wrap(value)))) {
            batch.add(field, value, ordinal);
          }
        });
    for (Term term : old) {
      batch.remove(term.field(), term.value().array(), ordinal);
    }
  }
}
