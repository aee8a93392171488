package dev.quarry.bench;

import java.awt.Color;
import java.awt.GraphicsEnvironment;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import javax.imageio.ImageIO;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.CategorySeries;
import org.knowm.xchart.CategorySeries.CategorySeriesRenderStyle;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.internal.chartpart.Chart;
import org.knowm.xchart.internal.series.MarkerSeries;
import org.knowm.xchart.style.AxesChartStyler;
import org.knowm.xchart.style.Styler.LegendPosition;

/**
 * Draws the results of peers as PNG files, logarithmic where they differ by orders of magnitude.
 */
final class Charts {
  private static final int WIDTH = 1_100;
  private static final int HEIGHT = 520;
  private static final String QUARRY = "quarry";
  private static final Color GRID = new Color(225, 225, 225);
  private static final Color[] COLORS = {
    new Color(0, 70, 190),
    new Color(110, 170, 240),
    new Color(120, 120, 120),
    new Color(20, 20, 20),
    new Color(0, 150, 80),
    new Color(215, 40, 40),
    new Color(240, 140, 0),
    new Color(150, 60, 190),
    new Color(150, 100, 50),
    new Color(0, 170, 190)
  };
  private static final double MEGABYTE = 1 << 20;
  private static final List<String> OPERATIONS =
      List.of(
          "get_uniform",
          "get_zipf",
          "q1",
          "q2",
          "count_by",
          "insert",
          "insert_batch",
          "status",
          "status_batch");

  private final PeerResults results;
  private final Path directory;
  private final Map<String, Path> files = new LinkedHashMap<>();

  /** Draws into a directory. */
  Charts(PeerResults results, Path directory) {
    System.setProperty("java.awt.headless", "true");
    this.results = results;
    this.directory = directory;
    if (!GraphicsEnvironment.isHeadless()) {
      throw new IllegalStateException("charts are drawn without a screen");
    }
    for (int size : results.sizes()) {
      beside(size);
      throughput(size);
      bytes(size);
    }
    percentiles(fullest());
    growth();
  }

  /** The largest of the sizes that most stores have figures at. */
  private int fullest() {
    return results.sizes().stream()
        .max(Comparator.comparingInt(this::stores).thenComparing(Comparator.naturalOrder()))
        .orElseThrow();
  }

  private int stores(int size) {
    return (int)
        results.peers().stream().filter(p -> results.figure(size, p, "load").isPresent()).count();
  }

  /** What was drawn, by caption. */
  Map<String, Path> files() {
    return files;
  }

  private CategoryChart categories(String title, String y) {
    CategoryChart chart =
        new CategoryChartBuilder().width(WIDTH).height(HEIGHT).title(title).yAxisTitle(y).build();
    style(chart.getStyler());
    // one above the other, not side by side
    chart.getStyler().setOverlapped(true).setXAxisLabelRotation(20);
    return chart;
  }

  private static void style(AxesChartStyler styler) {
    styler.setLegendPosition(LegendPosition.OutsideE).setChartBackgroundColor(Color.WHITE);
    styler.setPlotGridLinesColor(GRID).setPlotBorderVisible(false);
    styler.setSeriesColors(COLORS).setLegendBorderColor(Color.WHITE);
    styler.setYAxisDecimalPattern("#,##0.####");
  }

  /** A color of its own for each store, the same in every plot. */
  private void color(MarkerSeries series, String peer) {
    Color color = COLORS[results.peers().indexOf(peer) % COLORS.length];
    series.setLineColor(color);
    series.setMarkerColor(color);
  }

  private void beside(int tasks) {
    CategoryChart chart =
        categories(
            String.format(Locale.ROOT, "Cost of an operation beside Quarry's, %,d tasks", tasks),
            "times Quarry's cost (above 1: Quarry is ahead)");
    chart.getStyler().setYAxisLogarithmic(true);
    chart.getStyler().setDefaultSeriesRenderStyle(CategorySeriesRenderStyle.Scatter);
    chart.getStyler().setMarkerSize(11);
    boolean any = false;
    List<String> names = OPERATIONS.stream().map(PeerTable::title).toList();
    for (String peer : results.peers()) {
      List<Double> values = new ArrayList<>();
      for (String figure : OPERATIONS) {
        results.ratio(tasks, peer, figure, QUARRY, figure).ifPresent(s -> values.add(positive(s)));
      }
      // a store that cannot answer the queries has no place here
      if (values.size() == names.size()) {
        CategorySeries series = chart.addSeries(peer, names, values);
        color(series, peer);
        if (peer.equals(QUARRY)) {
          series.setChartCategorySeriesRenderStyle(CategorySeriesRenderStyle.Line);
        }
        any = true;
      }
    }
    save(
        any,
        chart,
        "beside-" + tasks,
        String.format(Locale.ROOT, "Cost beside Quarry's at %,d tasks", tasks));
  }

  /** What one thread does in a second: the reciprocal of an operation's cost. */
  private void throughput(int tasks) {
    CategoryChart chart =
        categories(
            String.format(Locale.ROOT, "Throughput of one thread, %,d tasks", tasks),
            "operations a second");
    chart.getStyler().setYAxisLogarithmic(true).setYAxisDecimalPattern("#,##0");
    chart.getStyler().setDefaultSeriesRenderStyle(CategorySeriesRenderStyle.Scatter);
    chart.getStyler().setMarkerSize(11);
    boolean any = false;
    for (String peer : results.peers()) {
      List<String> names = new ArrayList<>();
      List<Double> values = new ArrayList<>();
      for (String figure : OPERATIONS) {
        results
            .figure(tasks, peer, figure)
            .ifPresent(
                s -> {
                  names.add(PeerTable.title(figure));
                  values.add(1e6 / positive(s));
                });
      }
      // as above: what cannot answer the queries would leave holes
      if (names.size() == OPERATIONS.size()) {
        color(chart.addSeries(peer, names, values), peer);
        any = true;
      }
    }
    save(
        any,
        chart,
        "throughput-" + tasks,
        String.format(Locale.ROOT, "Operations a second at %,d tasks", tasks));
  }

  private void percentiles(int tasks) {
    Map<String, String> members = new LinkedHashMap<>();
    members.put("p50", "p50_us");
    members.put("p90", "p90_us");
    members.put("p99", "p99_us");
    members.put("p99.9", "p999_us");
    for (String figure : List.of("get_zipf", "q2", "insert")) {
      CategoryChart chart =
          categories(
              String.format(Locale.ROOT, "%s, %,d tasks", PeerTable.title(figure), tasks),
              "microseconds");
      chart.getStyler().setYAxisLogarithmic(true);
      chart.getStyler().setDefaultSeriesRenderStyle(CategorySeriesRenderStyle.Line);
      boolean any = false;
      for (String peer : results.peers()) {
        List<Double> values = new ArrayList<>();
        for (String member : members.values()) {
          results.figure(tasks, peer, figure, member).ifPresent(s -> values.add(positive(s)));
        }
        if (values.size() == members.size()) {
          color(chart.addSeries(peer, List.copyOf(members.keySet()), values), peer);
          any = true;
        }
      }
      save(
          any,
          chart,
          "latency-" + figure,
          "Latency percentiles, closed loop, one thread: " + PeerTable.title(figure));
    }
  }

  /** A logarithmic axis has no zero. */
  private static double positive(Spread spread) {
    return Math.max(1e-3, spread.median());
  }

  private void bytes(int tasks) {
    CategoryChart chart =
        categories(
            String.format(Locale.ROOT, "Megabytes on disk and in memory, %,d tasks", tasks), "MB");
    chart.getStyler().setOverlapped(false).setLabelsVisible(true).setAvailableSpaceFill(.8);
    chart.getStyler().setLabelsRotation(0).setLabelsPosition(1.03).setLabelsFontColor(Color.BLACK);
    chart.getStyler().setDecimalPattern("#,##0");
    List<String> names = new ArrayList<>();
    List<Double> disk = new ArrayList<>();
    List<Double> memory = new ArrayList<>();
    for (String peer : results.peers()) {
      Optional<Spread> onDisk = results.figure(tasks, peer, "disk");
      Optional<Spread> resident = results.figure(tasks, peer, "resident_after_load");
      if (onDisk.isPresent() && resident.isPresent()) {
        names.add(peer);
        disk.add(rounded(onDisk.get().median() / MEGABYTE));
        memory.add(rounded(resident.get().median() / MEGABYTE));
      }
    }
    if (!names.isEmpty()) {
      chart.addSeries("disk", names, disk);
      chart.addSeries("resident after load", names, memory);
    }
    save(
        !names.isEmpty(),
        chart,
        "bytes-" + tasks,
        String.format(Locale.ROOT, "Bytes on disk and in memory at %,d tasks", tasks));
  }

  /** As short as a label should be. */
  private static double rounded(double megabytes) {
    return megabytes >= 10 ? Math.rint(megabytes) : Math.rint(megabytes * 10) / 10;
  }

  private void growth() {
    if (results.sizes().size() < 2) {
      return;
    }
    XYChart chart =
        new XYChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .title("Quarry: cost against the number of tasks")
            .xAxisTitle("tasks")
            .yAxisTitle("microseconds")
            .build();
    style(chart.getStyler());
    chart.getStyler().setXAxisLogarithmic(true);
    chart.getStyler().setYAxisLogarithmic(true);
    chart.getStyler().setXAxisDecimalPattern("#,##0");
    boolean any = false;
    for (String figure : OPERATIONS) {
      List<Double> x = new ArrayList<>();
      List<Double> y = new ArrayList<>();
      for (int size : results.sizes()) {
        results
            .figure(size, "quarry", figure)
            .ifPresent(
                s -> {
                  x.add((double) size);
                  y.add(positive(s));
                });
      }
      if (x.size() > 1) {
        chart.addSeries(PeerTable.title(figure), x, y);
        any = true;
      }
    }
    save(any, chart, "growth", "Cost against the number of tasks");
  }

  private void save(boolean any, Chart<?, ?> chart, String name, String caption) {
    if (!any) {
      return;
    }
    Path file = directory.resolve(name + ".png");
    try (OutputStream out = Files.newOutputStream(file)) {
      ImageIO.write(BitmapEncoder.getBufferedImage(chart), "png", out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    files.put(caption, file);
  }
}
