package dev.quarry;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import java.util.stream.Collectors;

/** The threads of stores, by name, and interrupts for them that come from outside. */
public final class OwnThreads {
  private OwnThreads() {}

  /** Those of this name. */
  public static Set<Thread> threads(String name) {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals(name))
        .collect(Collectors.toSet());
  }

  /** The one of this name that was not there before. */
  public static Thread begunSince(Set<Thread> before, String name) {
    Set<Thread> now = threads(name);
    now.removeAll(before);
    assertThat(now).hasSize(1);
    return now.iterator().next();
  }

  /** It takes the interrupt and parks again; with one left every park would return at once. */
  public static void interruptAndSeeItRest(Thread thread) throws Exception {
    Until.holds("it is parked", () -> isParked(thread));
    thread.interrupt();
    Until.holds("it is parked again", () -> !thread.isInterrupted() && isParked(thread));
  }

  /** Whether it waits. */
  public static boolean isParked(Thread thread) {
    Thread.State state = thread.getState();
    return state == Thread.State.WAITING || state == Thread.State.TIMED_WAITING;
  }
}
