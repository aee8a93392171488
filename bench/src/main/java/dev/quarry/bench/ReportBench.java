package dev.quarry.bench;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Makes tables and plots of a results directory. */
@Command(
    name = "report",
    mixinStandardHelpOptions = true,
    description = {
      "Writes report.md and plots of a results directory into it: the targets P1 to P16, every",
      "store, every figure with its spread. With --into also between the markers of a document."
    })
final class ReportBench implements Callable<Integer> {
  static final String BEGIN = "<!-- bench report: begin -->";
  static final String END = "<!-- bench report: end -->";

  private static final int TARGET_TASKS = 1_000_000;

  @Spec CommandSpec spec;

  @Parameters(paramLabel = "DIR", description = "A results directory.")
  Path directory;

  @Option(
      names = "--into",
      paramLabel = "FILE",
      description = "A document with the markers \"" + BEGIN + "\" and \"" + END + "\".")
  Path into;

  @Override
  public Integer call() {
    if (!Files.isDirectory(directory)) {
      throw usage(directory + " is not a directory");
    }
    PeerResults results;
    try {
      results = new PeerResults(directory);
    } catch (IllegalArgumentException e) {
      throw usage(e.getMessage());
    }
    if (results.isEmpty()) {
      throw usage(directory + " holds no result of \"bench peers --out " + directory + "\"");
    }
    try {
      Files.writeString(directory.resolve("report.md"), text(results, Path.of("")));
      if (into != null) {
        insert(results);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    PrintWriter out = spec.commandLine().getOut();
    out.println(directory.resolve("report.md"));
    out.flush();
    return 0;
  }

  private void insert(PeerResults results) throws IOException {
    if (!Files.isRegularFile(into)) {
      throw usage("--into " + into + " is not a file");
    }
    String document = Files.readString(into);
    int begin = document.indexOf(BEGIN);
    int end = document.indexOf(END);
    if (begin < 0 || end < begin) {
      throw usage("--into " + into + " lacks the lines \"" + BEGIN + "\" and \"" + END + "\"");
    }
    Path parent = into.toAbsolutePath().getParent();
    Path toPlots = parent.relativize(directory.toAbsolutePath());
    Files.writeString(
        into,
        document.substring(0, begin)
            + BEGIN
            + "\n\n"
            + text(results, toPlots)
            + "\n"
            + document.substring(end));
  }

  private String text(PeerResults results, Path toPlots) throws IOException {
    StringBuilder text = new StringBuilder();
    text.append("```text\n").append(machine(results)).append("\n```\n\n");
    Map<String, Object> singles = singles();
    List<Integer> sizes = results.sizes();
    targets(text, results, singles, named(sizes));
    for (int size : sizes) {
      peers(text, results, size);
    }
    Map<String, Path> plots = new Charts(results, directory).files();
    text.append("## Plots\n\n");
    plots.forEach(
        (caption, file) ->
            text.append("![")
                .append(caption)
                .append("](")
                .append(toPlots.resolve(file.getFileName()).toString().replace('\\', '/'))
                .append(")\n\n"));
    text.append("The stores:\n\n");
    for (String peer : results.peers()) {
      text.append("- ").append(peer).append(": ").append(results.description(peer)).append('\n');
    }
    return text.toString();
  }

  /** The size that the targets speak of, or what comes nearest. */
  private static int named(List<Integer> sizes) {
    return sizes.contains(TARGET_TASKS) ? TARGET_TASKS : sizes.get(sizes.size() - 1);
  }

  private void targets(
      StringBuilder text, PeerResults results, Map<String, Object> singles, int size)
      throws IOException {
    List<TargetTable.Row> rows = new TargetTable(results, singles, size).rows();
    long met = rows.stream().filter(row -> Boolean.TRUE.equals(row.ok())).count();
    long missed = rows.stream().filter(row -> Boolean.FALSE.equals(row.ok())).count();
    text.append(
        String.format(
            Locale.ROOT,
            "## Targets at %,d tasks, where none is named%n%n"
                + "Of %d rows **%d are met, %d are missed**, %d have no figure or no target. Medians over"
                + " the rounds, with the least and the greatest; a ratio is that of one round."
                + " A command is one of `quarry bench`; `bench/run.sh peers` runs them all."
                + " Percentiles are of times inside calls of threads that ask without pause, each"
                + " after its answer: a closed loop, not corrected for coordinated omission.%n%n"
                + "| # | path | target | measured | | command | date, revision |%n"
                + "|---|---|---|---|---|---|---|%n",
            size,
            rows.size(),
            met,
            missed,
            rows.size() - met - missed));
    String when =
        said(machine(results), "began").replaceFirst("T.*", "")
            + ", "
            + said(machine(results), "revision");
    for (TargetTable.Row row : rows) {
      String ok = row.ok() == null ? "-" : row.ok() ? "ok" : "**MISSED**";
      boolean known = !row.measured().equals(TargetTable.NOT_MEASURED);
      text.append(
          String.format(
              "| %s | %s | %s | %s | %s | `%s` | %s |%n",
              row.number(),
              row.path(),
              row.wanted(),
              row.measured(),
              ok,
              row.command(),
              known ? when : ""));
    }
    text.append('\n');
  }

  /** machine.txt, or where there is none what the results say themselves. */
  private String machine(PeerResults results) throws IOException {
    Path machine = directory.resolve("machine.txt");
    if (Files.isRegularFile(machine)) {
      return Files.readString(machine).strip();
    }
    List<String> lines = new ArrayList<>();
    results
        .machine()
        .forEach(
            (name, value) -> {
              if (value instanceof Map<?, ?> versions) {
                versions.forEach((library, version) -> lines.add(library + "  " + version));
              } else {
                String shown = name.equals("date") ? "began" : name;
                lines.add(shown + "  " + (value instanceof Double d ? Report.number(d) : value));
              }
            });
    return String.join("\n", lines);
  }

  /** What is said there of something, or "unknown". */
  private static String said(String machine, String key) {
    return machine
        .lines()
        .filter(line -> line.startsWith(key + " "))
        .map(line -> line.substring(key.length()).strip())
        .findFirst()
        .orElse("unknown");
  }

  private static void peers(StringBuilder text, PeerResults results, int size) {
    List<String> peers = new ArrayList<>(results.peers());
    peers.removeIf(peer -> !results.tried(size, peer));
    List<String> unfinished = new ArrayList<>(peers);
    unfinished.removeIf(peer -> results.unfinished(size, peer).isEmpty());
    List<String> failed = new ArrayList<>(peers);
    failed.removeIf(peer -> results.failed(size, peer).isEmpty());
    peers.removeAll(unfinished);
    peers.removeIf(peer -> failed.contains(peer) && results.figure(size, peer, "load").isEmpty());
    text.append(String.format(Locale.ROOT, "## %,d tasks, every store%n%n", size));
    text.append(
        "Medians; in brackets how many times Quarry's figure, from the same rounds; bold: the least"
            + " of the row, raw, which answers no query, left out.\n\n");
    head(text, peers);
    for (String figure : PeerTable.figures(results)) {
      text.append("| ").append(PeerTable.title(figure)).append(unit(figure)).append(" |");
      double least = least(results, size, peers, figure);
      for (String peer : peers) {
        text.append(' ').append(cell(results, size, peer, figure, least)).append(" |");
      }
      text.append('\n');
    }
    text.append('\n');
    for (String peer : unfinished) {
      text.append("- ").append(peer).append(": ");
      text.append(results.unfinished(size, peer).orElseThrow()).append(".\n");
    }
    for (String peer : failed) {
      text.append("- ").append(peer).append(": **failed**, ");
      text.append(results.failed(size, peer).orElseThrow()).append(".\n");
    }
    text.append(unfinished.isEmpty() && failed.isEmpty() ? "" : "\n");
    text.append("<details><summary>The same with the least and the greatest</summary>\n\n");
    head(text, peers);
    for (String figure : PeerTable.figures(results)) {
      text.append("| ").append(PeerTable.title(figure)).append(unit(figure)).append(" |");
      for (String peer : peers) {
        Optional<Spread> value = results.figure(size, peer, figure);
        text.append(' ').append(value.map(s -> scaled(s, figure).text()).orElse("-")).append(" |");
      }
      text.append('\n');
    }
    text.append("\n</details>\n\n");
  }

  private static void head(StringBuilder text, List<String> peers) {
    text.append("| |");
    peers.forEach(p -> text.append(' ').append(p).append(" |"));
    text.append("\n|---|").append("---|".repeat(peers.size())).append('\n');
  }

  private static double least(PeerResults results, int size, List<String> peers, String figure) {
    return peers.stream()
        .filter(peer -> !peer.equals("raw"))
        .flatMap(peer -> results.figure(size, peer, figure).stream())
        .mapToDouble(Spread::median)
        .min()
        .orElse(-1);
  }

  private static String cell(
      PeerResults results, int size, String peer, String figure, double least) {
    Optional<Spread> value = results.figure(size, peer, figure);
    if (value.isEmpty()) {
      return "-";
    }
    String median = Spread.short3(scaled(value.get(), figure).median());
    String shown =
        value.get().median() == least && !peer.equals("raw") ? "**" + median + "**" : median;
    return shown
        + results
            .ratio(size, peer, figure, "quarry", figure)
            .filter(r -> !peer.equals("quarry"))
            .map(r -> " [" + Spread.short3(r.median()) + "]")
            .orElse("");
  }

  private static boolean isBytes(String figure) {
    return figure.equals("disk") || figure.startsWith("resident") || figure.startsWith("peak");
  }

  private static String unit(String figure) {
    return isBytes(figure) ? ", MB" : figure.equals("reopen") ? ", ms" : ", us";
  }

  private static Spread scaled(Spread spread, String figure) {
    double by = isBytes(figure) ? 1 << 20 : figure.equals("reopen") ? 1e3 : 1;
    return new Spread(
        spread.count(),
        spread.minimum() / by,
        spread.median() / by,
        spread.maximum() / by,
        spread.deviation() / by);
  }

  private Map<String, Object> singles() throws IOException {
    Map<String, Object> trees = new LinkedHashMap<>();
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.sorted().toList()) {
        String name = file.getFileName().toString();
        if (name.endsWith(".json") && !name.startsWith(PeerResults.PREFIX)) {
          trees.put(name.substring(0, name.length() - ".json".length()), JsonFile.read(file));
        }
      }
    }
    return trees;
  }

  private ParameterException usage(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
