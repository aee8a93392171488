package dev.quarry.tools.importing;

import dev.quarry.Link;
import dev.quarry.Task;
import dev.quarry.tools.format.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * Which id a task gets for the one that its source has. It depends on that alone, so that what
 * names a task finds it, whichever of the two is read first.
 */
final class SourceIds {
  private SourceIds() {}

  /** What the texts of a source go through, ids included. */
  static UnaryOperator<String> repair(ImportOptions options) {
    return options.fixMojibake() ? Mojibake::repair : UnaryOperator.identity();
  }

  /** The id itself where a task may have it, else one without the offending characters. */
  static String legal(String id) {
    try {
      return Task.builder(id, "").build().id();
    } catch (IllegalArgumentException e) {
      StringBuilder clean = new StringBuilder();
      for (char c : TaskDraft.escaped(id).strip().toCharArray()) {
        clean.append(Character.isISOControl(c) ? '_' : c);
      }
      boolean tooLong = clean.length() > 100;
      String start = tooLong ? clean.substring(0, clean.offsetByCodePoints(0, 50)) : clean + "";
      return (start.isBlank() ? "task" : start) + "-" + RecordMapper.hash(Json.toText(id));
    }
  }

  /**
   * Lets a draft name other tasks as {@link #legal} calls them; what the source has stays in
   * attributes. A draft that is exact stays: what it names was no task where it was written.
   */
  static void mapNamed(TaskDraft draft) {
    if (draft.isExact) {
      return;
    }
    List<String> dependencies = new ArrayList<>();
    replace(draft.dependencies, SourceIds::named, name -> name, dependencies);
    keep(draft, "source.dependencies", dependencies);
    List<String> links = new ArrayList<>();
    replace(draft.links, l -> new Link(l.type(), named(l.target())), Link::toString, links);
    keep(draft, "source.links", links);
  }

  /** A reader may leave an empty name, which is told as an error. */
  private static String named(String id) {
    return id.isEmpty() ? id : legal(id);
  }

  /** Maps what is in a set, in its order; what changes is added to {@code changed} as it was. */
  private static <T> void replace(
      Set<T> set, UnaryOperator<T> map, Function<T, String> text, List<String> changed) {
    List<T> before = List.copyOf(set);
    set.clear();
    for (T one : before) {
      T mapped = map.apply(one);
      if (!mapped.equals(one)) {
        changed.add(text.apply(one));
      }
      set.add(mapped);
    }
  }

  private static void keep(TaskDraft draft, String name, List<String> changed) {
    if (!changed.isEmpty()) {
      draft.keep(name, Json.toText(changed));
    }
  }
}
