package dev.quarry.bench.peers;

/** RocksDB alone. */
final class RawFactory implements PeerFactory {
  @Override
  public String name() {
    return "raw";
  }

  @Override
  public String description() {
    return "rocksdbjni, key-value work only, with the bare codec where a task is decoded";
  }

  @Override
  public Peer open(Peer.Settings settings) {
    return new RawPeer(settings);
  }
}
