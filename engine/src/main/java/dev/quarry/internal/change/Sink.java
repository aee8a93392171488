package dev.quarry.internal.change;

import dev.quarry.change.Change;
import dev.quarry.change.ChangeListener;
import java.time.Instant;
import java.util.function.Consumer;

/** The receiving end of a subscription, called by one thread at a time. */
interface Sink {
  /** One change. */
  void accept(Change change);

  /** Nothing came for a while. */
  default void heartbeat(long position, Instant at) {}

  /** Nothing more will come; {@code failure} null where it was closed. Not after a cancel. */
  default void ended(Throwable failure) {}

  /** The one of a caller's listener. */
  static Sink of(Consumer<? super Change> listener) {
    if (listener instanceof ChangeListener full) {
      return new Sink() {
        @Override
        public void accept(Change change) {
          full.accept(change);
        }

        @Override
        public void heartbeat(long position, Instant at) {
          full.heartbeat(position, at);
        }
      };
    }
    return listener::accept;
  }
}
