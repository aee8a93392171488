package dev.quarry.bench.peers;

/** Quarry with a quarter of the cache bytes for decoded tasks. */
final class QuarryFactory implements PeerFactory {
  @Override
  public String name() {
    return "quarry";
  }

  @Override
  public String description() {
    return "Quarry, default options; a quarter of the cache bytes holds decoded tasks";
  }

  @Override
  public Peer open(Peer.Settings settings) {
    return new QuarryPeer(settings, settings.cacheBytes() / 4);
  }
}
