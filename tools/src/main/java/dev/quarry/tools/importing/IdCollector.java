package dev.quarry.tools.importing;

/** The first reading of a source: only its ids. */
final class IdCollector implements RecordSink {
  private final IdSet ids = new IdSet();

  IdSet ids() {
    return ids;
  }

  @Override
  public void accept(TaskDraft draft) {
    ids.add(ImportRun.legalId(draft.id));
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
