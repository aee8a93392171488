package dev.quarry.bench.peers.others;

import dev.quarry.bench.peers.Peer;
import dev.quarry.bench.peers.PeerFactory;

/** SQLite through JDBC. */
public final class SqliteFactory implements PeerFactory {
  @Override
  public String name() {
    return "sqlite";
  }

  @Override
  public String description() {
    return "SQLite (xerial JDBC), WAL, synchronous=NORMAL, composite indexes, prepared statements";
  }

  @Override
  public Peer open(Peer.Settings settings) {
    return new SqlitePeer(settings);
  }
}
