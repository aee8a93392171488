package dev.quarry.tools.importing;

import java.util.function.UnaryOperator;

/** The first reading of a source: only its ids, as its tasks will have them. */
final class IdCollector implements RecordSink {
  private final IdSet ids = new IdSet();
  private final UnaryOperator<String> repair;

  IdCollector(ImportOptions options) {
    repair = SourceIds.repair(options);
  }

  IdSet ids() {
    return ids;
  }

  @Override
  public void accept(TaskDraft draft) {
    ids.add(repair.apply(SourceIds.legal(draft.id)));
  }

  @Override
  public void failed(String file, long line, long column, String message) {}

  @Override
  public void skipped(String file, long line) {}

  @Override
  public void problem(String file, long line, long column, String message) {}

  @Override
  public void count(String detail, long n) {}

  @Override
  public void lost(String field) {}
}
