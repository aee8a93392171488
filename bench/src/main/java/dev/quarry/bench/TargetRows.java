package dev.quarry.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.DoublePredicate;

/** Fills a {@link TargetTable} from results; a row without a figure says so. Not thread-safe. */
final class TargetRows {
  private static final String QUARRY = "quarry";
  private static final double MILLION = 1_000_000;

  private final PeerResults peers;
  private final Map<String, Object> singles;
  private final int tasks;
  private final List<TargetTable.Row> rows = new ArrayList<>();

  /** Rows at a number of tasks, where none is named. */
  TargetRows(PeerResults peers, Map<String, Object> singles, int tasks) {
    this.peers = peers;
    this.singles = singles;
    this.tasks = tasks;
  }

  List<TargetTable.Row> rows() {
    return rows;
  }

  /** The command that measures a store among peers. */
  static String peersCommand(int tasks) {
    return "peers --tasks " + tasks;
  }

  void ratio(
      String number,
      String path,
      String wanted,
      String peer,
      String figure,
      String other,
      String otherFigure,
      DoublePredicate good) {
    Optional<Spread> ratio = peers.ratio(tasks, peer, figure, other, otherFigure);
    add(
        number,
        path,
        wanted,
        ratio.map(s -> s.text() + " x").orElse(TargetTable.NOT_MEASURED),
        ratio.map(s -> good.test(s.median())).orElse(null),
        peersCommand(tasks));
  }

  void value(
      String number,
      String path,
      String wanted,
      String peer,
      String figure,
      String member,
      String unit,
      DoublePredicate good) {
    Optional<Spread> value = peers.figure(tasks, peer, figure, member);
    add(
        number,
        path,
        wanted,
        value.map(s -> s.text() + " " + unit).orElse(TargetTable.NOT_MEASURED),
        value.map(s -> good.test(s.median())).orElse(null),
        peersCommand(tasks));
  }

  void at(
      String number,
      String path,
      String wanted,
      int size,
      String figure,
      String member,
      DoublePredicate good) {
    Optional<Spread> value = peers.figure(size, QUARRY, figure, member);
    add(
        number,
        path,
        wanted,
        value.map(s -> s.text() + " us").orElse(TargetTable.NOT_MEASURED),
        value.map(s -> good.test(s.median())).orElse(null),
        peersCommand(size));
  }

  void single(
      String number,
      String path,
      String wanted,
      String file,
      String section,
      String name,
      String unit,
      DoublePredicate good) {
    String[] parts = file.split("-", 3);
    String command = parts[0] + " --tasks " + parts[1] + (parts.length > 2 ? " --lean" : "");
    Object spread = JsonFile.at(singles.get(file), "data", section, name + "_spread");
    if (JsonFile.at(singles.get(file), "data", section, name) instanceof Double value) {
      String text =
          spread instanceof String known
              ? known
              : value >= MILLION
                  ? String.format(Locale.ROOT, "%,.0f", value)
                  : Spread.short3(value);
      add(number, path, wanted, text + " " + unit, good.test(value), command);
    } else {
      add(number, path, wanted, TargetTable.NOT_MEASURED, null, command);
    }
  }

  void add(String number, String path, String wanted, String measured, Boolean ok, String command) {
    rows.add(new TargetTable.Row(number, path, wanted, measured, ok, command));
  }
}
