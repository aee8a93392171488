package dev.quarry.tools.cli;

import dev.quarry.IndexInfo;
import dev.quarry.IndexSpec;
import dev.quarry.TaskStore;
import dev.quarry.query.Field;
import dev.quarry.query.Order;
import dev.quarry.tools.render.Column;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Lists, creates, drops and rebuilds indexes. */
@Command(
    subcommands = {
      IndexCommand.Show.class,
      IndexCommand.Create.class,
      IndexCommand.Drop.class,
      IndexCommand.Rebuild.class
    })
final class IndexCommand extends FormattedCommand {
  private static final String CREATED = "created";
  private static final String DROPPED = "dropped";
  private static final String WOULD_DROP = "would drop";
  private static final String REBUILT = "rebuilt";

  @Override
  int run(Session session) {
    return session.readWithIndex(store -> list(session, store));
  }

  private static int list(Session session, TaskStore store) {
    List<List<Object>> rows = new ArrayList<>();
    for (IndexInfo index : store.indexes()) {
      IndexSpec spec = index.spec();
      rows.add(
          Arrays.asList(
              spec.name(),
              spec.kind().name().toLowerCase(Locale.ROOT),
              spec.parts().stream().map(Order::toString).collect(Collectors.joining(", ")),
              index.state(),
              index.builtIn()));
    }
    session.printRows(
        List.of(
            Column.text("name"),
            Column.text("kind"),
            Column.text("fields"),
            Column.text("state"),
            Column.text("built_in")),
        rows);
    return ExitCode.OK;
  }

  /** {@code index list}. */
  @Command(name = "list", description = "List the indexes.")
  static final class Show extends FormattedCommand {
    @Override
    int run(Session session) {
      return session.readWithIndex(store -> list(session, store));
    }
  }

  /** {@code index create}. */
  @Command(
      name = "create",
      description = {
        "Create an index while the store is in use, for example",
        "  quarry index create by-project project 'priority desc' created",
        "  quarry index create by-team attr.team --equality"
      })
  static final class Create extends FormattedCommand {
    @Parameters(index = "0", paramLabel = "NAME", description = "Its name.")
    String name;

    @Parameters(
        index = "1..*",
        arity = "1..*",
        paramLabel = "FIELD",
        description = "A field, with `desc` behind it for falling order.")
    List<String> fields;

    @Option(names = "--equality", description = "Posting lists of one field instead of an order.")
    boolean equality;

    @Override
    int run(Session session) {
      session.checkFieldsOf(List.of(key(CREATED)));
      List<Order> parts = fields.stream().map(Create::part).toList();
      IndexSpec spec =
          new IndexSpec(name, equality ? IndexSpec.Kind.EQUALITY : IndexSpec.Kind.ORDERED, parts);
      return session.write(store -> create(session, store, spec));
    }

    private static int create(Session session, TaskStore store, IndexSpec spec) {
      try (Progress progress = session.progress()) {
        store.createIndex(spec, progress);
      }
      say(session, CREATED, spec.name());
      return ExitCode.OK;
    }

    private static Order part(String text) {
      String[] words = text.strip().split("\\s+", -1);
      String direction = words.length == 1 ? "asc" : words[1].toLowerCase(Locale.ROOT);
      if (words.length > 2 || !(direction.equals("asc") || direction.equals("desc"))) {
        throw CliException.usage("expected FIELD or 'FIELD desc', but found `" + text + "`");
      }
      return new Order(field(words[0]), direction.equals("desc"));
    }

    private static Field<?> field(String name) {
      return CountCommand.field(name);
    }
  }

  /** {@code index drop}. */
  @Command(name = "drop", description = "Drop an index that is not built in.")
  static final class Drop extends FormattedCommand {
    @Parameters(paramLabel = "NAME", description = "Its name.")
    String name;

    @Mixin DestructiveOptions destructive = new DestructiveOptions();

    @Override
    int run(Session session) {
      session.checkFieldsOf(List.of(key(destructive.dryRun ? WOULD_DROP : DROPPED)));
      return destructive.dryRun
          ? session.read(store -> look(session, store))
          : session.write(store -> drop(session, store));
    }

    private int look(Session session, TaskStore store) {
      check(store);
      say(session, WOULD_DROP, name);
      return ExitCode.OK;
    }

    private int drop(Session session, TaskStore store) {
      check(store);
      session.confirm("drop index " + name, destructive);
      store.dropIndex(name);
      say(session, DROPPED, name);
      return ExitCode.OK;
    }

    private void check(TaskStore store) {
      IndexInfo index =
          store.indexes().stream()
              .filter(info -> info.spec().name().equals(name))
              .findFirst()
              .orElseThrow(
                  () ->
                      new CliException(
                          ExitCode.NEGATIVE,
                          "no index `" + name + "`",
                          "the store has no index of this name",
                          "quarry index list"));
      if (index.builtIn()) {
        throw CliException.usage("index `" + name + "` is built in and cannot be dropped");
      }
    }
  }

  /** {@code index rebuild}. */
  @Command(name = "rebuild", description = "Build the off-heap indexes anew from the records.")
  static final class Rebuild extends FormattedCommand {
    @Override
    int run(Session session) {
      session.checkFieldsOf(List.of(key(REBUILT)));
      return session.write(
          store -> {
            try (Progress progress = session.progress()) {
              store.rebuildIndexes(progress);
            }
            say(session, REBUILT, "all");
            return ExitCode.OK;
          });
    }
  }

  private static String key(String done) {
    return done.replace(' ', '_');
  }

  private static void say(Session session, String done, String index) {
    if (session.isInWords()) {
      session.out().line(done + " " + index);
    } else {
      session.printRecord(Map.of(key(done), index));
    }
  }
}
