package dev.quarry.bench.peers.others;

import java.sql.SQLException;
import java.util.List;

/**
 * H2: no reuse of results, because a bench asks the same question again and again without a write
 * between; a write delay of 0, because with the default a killed process loses its last half
 * second, which no other peer does.
 */
final class H2Peer extends JdbcPeer {
  H2Peer(Settings settings) {
    super(
        "jdbc:h2:file:"
            + settings.directory().resolve("tasks").toAbsolutePath()
            + ";WRITE_DELAY=0;DB_CLOSE_ON_EXIT=FALSE;OPTIMIZE_REUSE_RESULTS=FALSE;CACHE_SIZE="
            + (settings.cacheBytes() >> 10),
        List.copyOf(schema("BIGINT", "VARCHAR", "")),
        settings);
  }

  @Override
  public void settle() {
    try {
      execute("ANALYZE");
      connection().commit();
      execute("CHECKPOINT SYNC");
    } catch (SQLException e) {
      throw failed("settle", e);
    }
  }
}
