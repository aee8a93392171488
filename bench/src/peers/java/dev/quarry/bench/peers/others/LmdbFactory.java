package dev.quarry.bench.peers.others;

import dev.quarry.bench.peers.Peer;
import dev.quarry.bench.peers.PeerFactory;
import java.util.List;

/** LMDB through lmdbjava. */
public final class LmdbFactory implements PeerFactory {
  @Override
  public String name() {
    return "lmdb";
  }

  @Override
  public String description() {
    return "LMDB (lmdbjava), MDB_NOSYNC, four ordered index databases, hand-laid records";
  }

  @Override
  public List<String> jvmArguments() {
    return List.of(
        "--add-opens=java.base/java.nio=ALL-UNNAMED",
        "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED");
  }

  @Override
  public Peer open(Peer.Settings settings) {
    return new LmdbPeer(settings);
  }
}
