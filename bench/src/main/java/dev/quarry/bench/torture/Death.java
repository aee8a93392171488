package dev.quarry.bench.torture;

import java.time.Duration;
import java.util.Random;

/**
 * When a life of the child ends.
 *
 * @param calls how many it has begun then, at most
 * @param victim what a line begins with behind which it dies earlier; null for none
 * @param lines how many such lines
 */
record Death(int calls, String victim, int lines) {
  private static final int MOST_CALLS = 300;

  /** Of an update in chunks: tasks treated in this life, over all of its updates. */
  private static final int MOST_TURNS = 30;

  /** So many that a life sees updates of that many tasks. */
  private static final int CALLS_FOR_TURNS = 2_000;

  /**
   * The child's start and the opening of its store, on a machine that is busy with others' work.
   */
  static final Duration OPENING = Duration.ofSeconds(90);

  private static final Duration CALL = Duration.ofMillis(50);

  /** The deaths take turns, so that each kind has its share in a short run too. */
  static Death of(long cycle, Random random) {
    return switch ((int) (cycle % 5)) {
      case 1 -> new Death(random.nextInt(3), null, 0);
      case 2 -> amidUpdate(random);
      case 3 -> new Death(3 + random.nextInt(MOST_CALLS), "create ", 1);
      case 4 ->
          random.nextBoolean()
              ? new Death(3 + random.nextInt(MOST_CALLS), "rebuild", 1)
              : amidUpdate(random);
      default -> anywhere(random);
    };
  }

  static Death anywhere(Random random) {
    return new Death(3 + random.nextInt(MOST_CALLS), null, 0);
  }

  private static Death amidUpdate(Random random) {
    return new Death(CALLS_FOR_TURNS, TortureProgram.TURN, 1 + random.nextInt(MOST_TURNS));
  }

  /** After this time the child has hung. */
  Duration deadline() {
    return OPENING.plus(CALL.multipliedBy(calls));
  }
}
