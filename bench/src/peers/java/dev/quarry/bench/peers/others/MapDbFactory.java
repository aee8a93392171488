package dev.quarry.bench.peers.others;

import dev.quarry.bench.peers.Peer;
import dev.quarry.bench.peers.PeerFactory;

/** MapDB. */
public final class MapDbFactory implements PeerFactory {
  @Override
  public String name() {
    return "mapdb";
  }

  @Override
  public String description() {
    return "MapDB, write-ahead log without fsync, tuple sets as indexes";
  }

  @Override
  public Peer open(Peer.Settings settings) {
    return new MapDbPeer(settings);
  }
}
