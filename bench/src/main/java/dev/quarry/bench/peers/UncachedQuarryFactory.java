package dev.quarry.bench.peers;

/** Quarry without a cache of decoded tasks. */
final class UncachedQuarryFactory implements PeerFactory {
  @Override
  public String name() {
    return "quarry-uncached";
  }

  @Override
  public String description() {
    return "Quarry with the record cache off; all cache bytes hold blocks";
  }

  @Override
  public Peer open(Peer.Settings settings) {
    return new QuarryPeer(settings, 0);
  }
}
