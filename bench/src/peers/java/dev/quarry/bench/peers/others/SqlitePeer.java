package dev.quarry.bench.peers.others;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** SQLite: a returned commit is in the write-ahead log, which is synced at checkpoints only. */
final class SqlitePeer extends JdbcPeer {
  SqlitePeer(Settings settings) {
    super("jdbc:sqlite:" + settings.directory().resolve("tasks.db"), setUp(settings), settings);
  }

  private static List<String> setUp(Settings settings) {
    List<String> setUp = new ArrayList<>();
    setUp.add("PRAGMA journal_mode = WAL");
    setUp.add("PRAGMA synchronous = NORMAL");
    setUp.add("PRAGMA cache_size = -" + (settings.cacheBytes() >> 10));
    setUp.add("PRAGMA temp_store = MEMORY");
    setUp.addAll(schema("INTEGER", "TEXT", " WITHOUT ROWID"));
    return setUp;
  }

  @Override
  public void settle() {
    try {
      execute("ANALYZE");
      connection().commit();
      connection().setAutoCommit(true);
      execute("PRAGMA wal_checkpoint(TRUNCATE)");
      connection().setAutoCommit(false);
    } catch (SQLException e) {
      throw failed("settle", e);
    }
  }
}
