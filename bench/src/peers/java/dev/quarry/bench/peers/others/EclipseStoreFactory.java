package dev.quarry.bench.peers.others;

import dev.quarry.bench.peers.Peer;
import dev.quarry.bench.peers.PeerFactory;
import java.util.List;

/** EclipseStore. */
public final class EclipseStoreFactory implements PeerFactory {
  @Override
  public String name() {
    return "eclipsestore";
  }

  @Override
  public String description() {
    return "EclipseStore, segments of objects in the heap, hand-kept indexes in the heap, built at opening";
  }

  @Override
  public List<String> jvmArguments() {
    return List.of("--add-exports=java.base/jdk.internal.misc=ALL-UNNAMED");
  }

  @Override
  public Peer open(Peer.Settings settings) {
    return new EclipseStorePeer(settings);
  }
}
