package dev.quarry.bench.peers.others;

import dev.quarry.bench.peers.Peer;
import dev.quarry.bench.peers.PeerFactory;

/** H2 through JDBC. */
public final class H2Factory implements PeerFactory {
  @Override
  public String name() {
    return "h2";
  }

  @Override
  public String description() {
    return "H2, file, WRITE_DELAY 0, composite indexes, prepared statements";
  }

  @Override
  public Peer open(Peer.Settings settings) {
    return new H2Peer(settings);
  }
}
