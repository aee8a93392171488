package dev.quarry.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * The result files of {@link PeersBench} in a directory, by number of tasks, peer and round.
 * Immutable.
 */
final class PeerResults {
  private record Run(int tasks, String peer, int round, Map<?, ?> figures) {}

  /** What a result says instead of figures where a store was given up. */
  static final String UNFINISHED = "unfinished";

  /**
   * What a result says instead of figures where a store failed: a wrong answer, a hang, no memory.
   */
  static final String FAILED = "failed";

  /** Result files begin with this. */
  static final String PREFIX = "peer-";

  private final List<Run> runs = new ArrayList<>();
  private final Map<String, Object> machine = new LinkedHashMap<>();
  private final Map<String, String> descriptions = new TreeMap<>();
  private final Map<String, String> unfinished = new TreeMap<>();
  private final Map<String, String> failed = new TreeMap<>();

  /** Reads a directory; files of other commands are left alone. */
  PeerResults(Path directory) {
    try (Stream<Path> files = Files.list(directory)) {
      files
          .filter(f -> f.getFileName().toString().matches(PREFIX + ".*\\.json"))
          .sorted()
          .forEach(this::read);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void read(Path file) {
    Object tree = JsonFile.read(file);
    if (JsonFile.at(tree, "data", "peer") instanceof Map<?, ?> about
        && JsonFile.at(tree, "data", "figures") instanceof Map<?, ?> figures
        && about.get("tasks") instanceof Double tasks
        && about.get("name") instanceof String name
        && about.get("round") instanceof Double round) {
      if (machine.isEmpty() && JsonFile.at(tree, "data", "machine") instanceof Map<?, ?> known) {
        known.forEach((key, value) -> machine.put((String) key, value));
      }
      runs.add(new Run(tasks.intValue(), name, round.intValue(), figures));
      descriptions.put(name, String.valueOf(about.get("description")));
      if (about.get(UNFINISHED) instanceof String why) {
        unfinished.put(tasks.intValue() + " " + name, why);
      }
      if (about.get(FAILED) instanceof String why) {
        failed.put(tasks.intValue() + " " + name, "round " + round.intValue() + ": " + why);
      }
    } else {
      throw new IllegalArgumentException(
          file + " is not a result of \"bench peers\"; take it out of the directory");
    }
  }

  boolean isEmpty() {
    return runs.isEmpty();
  }

  /** What the first of the results says of the machine, the revision and the versions. */
  Map<String, Object> machine() {
    return machine;
  }

  /** Numbers of tasks, rising. */
  List<Integer> sizes() {
    return List.copyOf(new TreeSet<>(runs.stream().map(Run::tasks).toList()));
  }

  /** Names, Quarry and the yardsticks first. */
  List<String> peers() {
    List<String> first = List.of("quarry", "quarry-uncached", "raw", "expert");
    List<String> names = new ArrayList<>(first);
    names.retainAll(descriptions.keySet());
    descriptions.keySet().stream().filter(n -> !first.contains(n)).forEach(names::add);
    return names;
  }

  String description(String peer) {
    return descriptions.get(peer);
  }

  /** Why a store has no figures at a size; empty if it has some or was not tried. */
  Optional<String> unfinished(int tasks, String peer) {
    return Optional.ofNullable(unfinished.get(tasks + " " + peer));
  }

  /** How a store failed at a size in a round, be there figures of others; empty if it did not. */
  Optional<String> failed(int tasks, String peer) {
    return Optional.ofNullable(failed.get(tasks + " " + peer));
  }

  /** Whether any round at a size tried the store. */
  boolean tried(int tasks, String peer) {
    return runs.stream().anyMatch(r -> r.tasks() == tasks && r.peer().equals(peer));
  }

  /** A member of a figure over all rounds, such as "value" or "p99_us"; empty if none has it. */
  Optional<Spread> figure(int tasks, String peer, String figure, String member) {
    List<Double> values = new ArrayList<>();
    for (Run run : runs) {
      if (run.tasks() == tasks
          && run.peer().equals(peer)
          && JsonFile.at(run.figures(), figure, member) instanceof Double value) {
        values.add(value);
      }
    }
    return values.isEmpty() ? Optional.empty() : Optional.of(Spread.of(values));
  }

  /** The "value" of a figure over all rounds. */
  Optional<Spread> figure(int tasks, String peer, String figure) {
    return figure(tasks, peer, figure, "value");
  }

  /**
   * How many times a figure of one peer is that of another, round by round; empty unless both have
   * it in a round.
   */
  Optional<Spread> ratio(int tasks, String peer, String figure, String other, String otherFigure) {
    List<Double> ratios = new ArrayList<>();
    for (Run a : runs) {
      for (Run b : runs) {
        if (a.tasks() == tasks
            && b.tasks() == tasks
            && a.round() == b.round()
            && a.peer().equals(peer)
            && b.peer().equals(other)
            && JsonFile.at(a.figures(), figure, "value") instanceof Double x
            && JsonFile.at(b.figures(), otherFigure, "value") instanceof Double y
            && y > 0) {
          ratios.add(x / y);
        }
      }
    }
    return ratios.isEmpty() ? Optional.empty() : Optional.of(Spread.of(ratios));
  }
}
