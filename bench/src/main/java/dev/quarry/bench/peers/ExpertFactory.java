package dev.quarry.bench.peers;

/** Hand-written indexes on RocksDB. */
final class ExpertFactory implements PeerFactory {
  @Override
  public String name() {
    return "expert";
  }

  @Override
  public String description() {
    return "rocksdbjni, four ordered index families in one WriteBatch, hand-laid records";
  }

  @Override
  public Peer open(Peer.Settings settings) {
    return new ExpertPeer(settings);
  }
}
