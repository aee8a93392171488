package dev.quarry.bench.peers.others;

import dev.quarry.bench.peers.PeerContract;
import java.util.List;

class OtherStoresTest extends PeerContract {
  static List<String> names() {
    return List.of("sqlite", "h2", "nitrite-mvstore", "mapdb", "lmdb", "eclipsestore");
  }
}
