package dev.quarry.bench.peers;

import java.util.List;

/**
 * Opens one kind of {@link Peer}. Stateless. Stores other than the yardsticks are found through
 * {@link java.util.ServiceLoader}.
 */
public interface PeerFactory {
  /** Its name on the command line and in results: lower case, no space. */
  String name();

  /** What it is and how it is set up, in a line, with the version. */
  String description();

  /** Whether it survives the death of the process with every returned write. */
  default boolean durable() {
    return true;
  }

  /** Flags that its JVM needs. */
  default List<String> jvmArguments() {
    return List.of();
  }

  /** Opens it, creating it where there is none. */
  Peer open(Peer.Settings settings);
}
