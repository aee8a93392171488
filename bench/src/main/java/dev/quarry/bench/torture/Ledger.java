package dev.quarry.bench.torture;

import dev.quarry.bench.WrongAnswerException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * What one range may look like after the death of the child. Not all of a range can be seen: a
 * claim that was given back leaves its token and nothing else. Where several histories look the
 * same, all of them are followed until an answer tells which it was not.
 *
 * <p>Not thread-safe.
 */
final class Ledger {
  private static final int SHOWN = 8;

  /**
   * A state.
   *
   * @param worlds what the range may be in it; at least one
   * @param begin the line that announced the call which made it
   * @param end the line of its answer; the largest number where there was none
   */
  private record State(List<World> worlds, long begin, long end) {
    boolean looksLike(Map<String, String> found) {
      return worlds.stream().anyMatch(world -> world.seen().equals(found));
    }
  }

  /**
   * Which calls have survived: those up to one of these states, which look the same.
   *
   * @param begin the line of the first one's announcement
   * @param next the line of the answer to the call behind the last one
   */
  record Survived(long begin, long next) {}

  private final String range;
  private final List<State> states = new ArrayList<>();
  private Op call;
  private long begin;
  private int steps;
  private int floor;
  private final List<String> told = new ArrayList<>();

  Ledger(String range, World world) {
    this.range = range;
    start(List.of(world));
  }

  /** A new life of the child begins with one of these worlds. */
  private void start(List<World> worlds) {
    states.clear();
    worlds.forEach(World::newLife);
    states.add(new State(worlds, 0, 0));
    call = null;
    floor = 0;
  }

  private List<World> latest() {
    return states.get(states.size() - 1).worlds();
  }

  /** The time that the range has come to. */
  Instant now() {
    return latest().get(0).now();
  }

  /** Calls of this life, as far as they were answered. */
  int calls() {
    return states.size() - 1;
  }

  /** The line of the last announcement. */
  long begin() {
    return begin;
  }

  /** The call whose end was not seen, or null. */
  Op pending() {
    return call;
  }

  /** The child has announced a call. */
  void call(Op op, long line) {
    call = op;
    begin = line;
    steps = 0;
  }

  /**
   * A step was answered.
   *
   * @param trimmed whether the change log may have forgotten what an undo needs
   */
  void done(String answer, long line, boolean trimmed) {
    Op step = call.steps().get(steps);
    boolean forgotten =
        trimmed
            && Set.of("undo", "undoCommit").contains(step.verb())
            && Set.of("no TaskNotFoundException", "no SequenceNotRetainedException")
                .contains(answer);
    told.add(step + " -> " + answer);
    List<World> worlds = new ArrayList<>();
    Set<String> expected = new TreeSet<>();
    for (World before : latest()) {
      World world = before.copy();
      String text = world.run(step);
      expected.add(text);
      if (text.equals(answer)) {
        worlds.add(world);
      } else if (forgotten) {
        worlds.add(before.copy().refused());
      }
    }
    if (worlds.isEmpty()) {
      throw new WrongAnswerException(
          "call `" + step + "` answered `" + answer + "` instead of " + expected);
    }
    states.add(new State(worlds, begin, line));
    if (++steps == call.steps().size()) {
      call = null;
    }
  }

  /** From here on nothing that was answered may be lost. */
  void hold(long line) {
    for (int i = floor; i < states.size(); i++) {
      if (states.get(i).end() < line) {
        floor = i;
      }
    }
  }

  /** The same for all that was answered. */
  void holdAll() {
    floor = states.size() - 1;
  }

  /** Adds what the call may have done whose end was not seen; {@code now} is the time. */
  private List<State> candidates(Op tick) {
    List<State> all = new ArrayList<>(states.subList(floor, states.size()));
    List<World> worlds = latest();
    if (call != null && call.verb().equals(Op.RESTORE_ALL)) {
      worlds.forEach(world -> addChunks(all, world));
    } else if (call != null && !call.verb().equals(Op.UPDATE_ALL)) {
      for (Op step : call.steps().subList(steps, call.steps().size())) {
        worlds = after(worlds, step);
        all.add(new State(worlds, begin, Long.MAX_VALUE));
      }
    }
    if (!range.equals(Content.TIMED)) {
      return all;
    }
    return all.stream()
        .map(state -> new State(after(state.worlds(), tick), state.begin(), state.end()))
        .toList();
  }

  private void addChunks(List<State> all, World world) {
    World then = world;
    for (Op chunk : world.chunks(call)) {
      then = then.copy();
      then.run(chunk);
      all.add(new State(List.of(then), begin, Long.MAX_VALUE));
    }
  }

  private static List<World> after(List<World> worlds, Op step) {
    List<World> after = new ArrayList<>();
    for (World world : worlds) {
      World then = world.copy();
      then.run(step);
      after.add(then);
    }
    return after;
  }

  /** Goes on with all that looks like what was found; nothing that does is a wrong answer. */
  Survived settle(Map<String, String> found, Op tick) {
    List<State> all = candidates(tick);
    int oldest = -1;
    int newest = -1;
    for (int i = 0; i < all.size(); i++) {
      if (all.get(i).looksLike(found)) {
        oldest = oldest < 0 ? i : oldest;
        newest = i;
      }
    }
    if (oldest < 0) {
      throw new WrongAnswerException(
          "range "
              + range
              + " is in none of "
              + all.size()
              + " possible states, pending `"
              + call
              + "`: "
              + difference(all.get(states.size() - 1 - floor).worlds().get(0).seen(), found));
    }
    long next = newest + 1 < all.size() ? all.get(newest + 1).end() : Long.MAX_VALUE;
    Survived survived = new Survived(all.get(oldest).begin(), next);
    start(alike(all.subList(oldest, newest + 1), found));
    return survived;
  }

  private static List<World> alike(List<State> states, Map<String, String> found) {
    List<World> alike = new ArrayList<>();
    for (State state : states) {
      for (World world : state.worlds()) {
        if (world.seen().equals(found) && alike.stream().noneMatch(world::behavesLike)) {
          alike.add(world);
        }
      }
    }
    return alike;
  }

  /** Says of an unfinished update in chunks whether all its chunks are there or not at all. */
  void checkChunks(Map<String, String> found) {
    List<String> faults = new ArrayList<>();
    for (World before : latest()) {
      String fault = chunkFault(before, found);
      if (fault == null) {
        return;
      }
      faults.add(fault);
    }
    throw new WrongAnswerException(faults.get(0));
  }

  private String chunkFault(World before, Map<String, String> found) {
    World after = before.copy();
    after.run(call);
    Map<String, String> old = before.seen();
    int treated = 0;
    for (Map.Entry<String, String> entry : after.seen().entrySet()) {
      String is = found.get(entry.getKey());
      if (entry.getValue().equals(is)) {
        treated += is.equals(old.get(entry.getKey())) ? 0 : 1;
      } else if (!old.get(entry.getKey()).equals(is)) {
        return "amid `" + call + "`: " + difference(old, found);
      }
    }
    int all = before.targets(call).size();
    boolean whole = treated == all || treated % call.number(3) == 0;
    return found.size() == old.size() && whole
        ? null
        : "`" + call + "` was killed behind " + treated + " of " + all + " tasks";
  }

  /** The unfinished update in chunks was ended after the new start: all of it is there now. */
  void chunksEnded(String answer) {
    done(answer, begin, false);
    holdAll();
  }

  /** The differences, each with the last calls that named the id. */
  private String difference(Map<String, String> expected, Map<String, String> found) {
    Set<String> keys = new TreeSet<>(expected.keySet());
    keys.addAll(found.keySet());
    StringBuilder text = new StringBuilder();
    for (String key : keys) {
      String wanted = expected.get(key);
      String is = found.get(key);
      if (wanted == null || !wanted.equals(is)) {
        text.append("\n  ").append(key).append("\n    expected ").append(wanted);
        text.append("\n    found    ").append(is);
        text.append("\n    calls    ").append(calls(key.split(" ", -1)[0]));
      }
    }
    return text.toString();
  }

  private List<String> calls(String id) {
    List<String> calls = new ArrayList<>();
    for (int i = told.size() - 1; i >= 0 && calls.size() < SHOWN; i--) {
      if (told.get(i).matches(".*\\b" + id + "\\b.*")) {
        calls.add(0, told.get(i));
      }
    }
    return calls;
  }
}
