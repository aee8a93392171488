package dev.quarry.bench.peers.others;

import dev.quarry.bench.peers.Peer;
import dev.quarry.bench.peers.PeerFactory;

/** Nitrite on its MVStore adapter. */
public final class NitriteFactory implements PeerFactory {
  @Override
  public String name() {
    return "nitrite-mvstore";
  }

  @Override
  public String description() {
    return "Nitrite on its MVStore adapter, compound indexes, commit after each write";
  }

  @Override
  public Peer open(Peer.Settings settings) {
    return new NitritePeer(settings);
  }
}
