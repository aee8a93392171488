package dev.quarry.bench.torture;

import java.util.ArrayList;
import java.util.List;

/**
 * One call of a verb as a line of text, which the child announces and both sides carry out: the
 * child on the store, the parent on its {@link World}.
 *
 * @param verb which
 * @param args its arguments
 */
record Op(String verb, List<String> args) {
  /** Several writes through a queue, each of which is a step of its own. */
  static final String ASYNC = "async";

  /** An update in chunks, each of which is a step. */
  static final String UPDATE_ALL = "updateAll";

  /** A restoring by query; each of its chunks is a step. */
  static final String RESTORE_ALL = "restoreAll";

  /** One chunk of it. */
  static final String RESTORE_CHUNK = "restoreChunk";

  /**
   * A worker's wait for a ready task of the range and of an agent, and its claim; where none is
   * ready, this thread makes one so meanwhile.
   */
  static final String AWAIT = "await";

  /** The part of it that makes a task ready, unless one is. */
  static final String WAKE = "wake";

  /** Another call while nobody else writes, and then the undoing of the store's last commit. */
  static final String UNDONE = "undone";

  /** The second part of it. */
  static final String UNDO_LAST = "undoLast";

  Op {
    args = List.copyOf(args);
  }

  static Op of(String verb, Object... args) {
    List<String> texts = new ArrayList<>();
    for (Object arg : args) {
      texts.add(String.valueOf(arg));
    }
    return new Op(verb, texts);
  }

  static Op parse(List<String> words) {
    return new Op(words.get(0), words.subList(1, words.size()));
  }

  String arg(int i) {
    return args.get(i);
  }

  long number(int i) {
    return Long.parseLong(args.get(i));
  }

  List<String> from(int i) {
    return args.subList(i, args.size());
  }

  /** What is atomic of it, in order. */
  List<Op> steps() {
    return switch (verb) {
      case ASYNC -> from(1).stream().map(item -> item(item, arg(0))).toList();
      case AWAIT ->
          List.of(of(WAKE, arg(3), arg(4), arg(5)), of("next", arg(0), arg(1), arg(2), arg(5)));
      case UNDONE -> List.of(parse(args), of(UNDO_LAST));
      default -> List.of(this);
    };
  }

  /**
   * The ids that it names, where all of it is one commit, which can be taken back by any of them.
   */
  List<String> named() {
    return switch (verb) {
      case "insertAll", "status" -> from(1);
      case "archive", "restore" -> args;
      case "batch" -> {
        // one of deletions only may change nothing, and has no sequence of its own then
        boolean changes = from(2).stream().anyMatch(item -> !item.startsWith("delete:"));
        yield changes
            ? from(2).stream().map(item -> item.substring(item.indexOf(':') + 1)).toList()
            : List.of();
      }
      default -> List.of();
    };
  }

  /** A part of a batch or of a queue, such as {@code put:ID}. */
  static Op item(String text, String n) {
    int colon = text.indexOf(':');
    String verb = text.substring(0, colon);
    String id = text.substring(colon + 1);
    return verb.equals("delete") ? of(verb, id) : of(verb, id, n);
  }

  @Override
  public String toString() {
    return verb + (args.isEmpty() ? "" : " " + String.join(" ", args));
  }
}
