package dev.quarry.bench;

import java.awt.GraphicsEnvironment;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.imageio.ImageIO;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.CategorySeries.CategorySeriesRenderStyle;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.internal.chartpart.Chart;
import org.knowm.xchart.style.Styler.LegendPosition;

/**
 * Draws the results of peers as PNG files, logarithmic where they differ by orders of magnitude.
 */
final class Charts {
  private static final int WIDTH = 1_100;
  private static final int HEIGHT = 520;
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
    int largest = results.sizes().get(results.sizes().size() - 1);
    throughput(largest);
    percentiles(largest);
    bytes(largest);
    growth();
  }

  /** What was drawn, by caption. */
  Map<String, Path> files() {
    return files;
  }

  private CategoryChart categories(String title, String y) {
    CategoryChart chart =
        new CategoryChartBuilder().width(WIDTH).height(HEIGHT).title(title).yAxisTitle(y).build();
    chart.getStyler().setLegendPosition(LegendPosition.OutsideE);
    chart.getStyler().setXAxisLabelRotation(30);
    return chart;
  }

  private void throughput(int tasks) {
    CategoryChart chart = categories("Operations per second, " + tasks + " tasks", "operations/s");
    chart.getStyler().setYAxisLogarithmic(true);
    chart.getStyler().setDefaultSeriesRenderStyle(CategorySeriesRenderStyle.Scatter);
    boolean any = false;
    List<String> names = OPERATIONS.stream().map(PeerTable::title).toList();
    for (String peer : results.peers()) {
      List<Double> values = new ArrayList<>();
      for (String figure : OPERATIONS) {
        results.figure(tasks, peer, figure).ifPresent(s -> values.add(1e6 / s.median()));
      }
      // a store that cannot answer the queries has no place here
      if (values.size() == names.size()) {
        chart.addSeries(peer, names, values);
        any = true;
      }
    }
    save(any, chart, "throughput", "Throughput at " + tasks + " tasks");
  }

  private void percentiles(int tasks) {
    Map<String, String> members = new LinkedHashMap<>();
    members.put("p50", "p50_us");
    members.put("p90", "p90_us");
    members.put("p99", "p99_us");
    members.put("p99.9", "p999_us");
    for (String figure : List.of("get_zipf", "q2", "insert")) {
      CategoryChart chart =
          categories(PeerTable.title(figure) + ", " + tasks + " tasks", "microseconds");
      chart.getStyler().setYAxisLogarithmic(true);
      chart.getStyler().setDefaultSeriesRenderStyle(CategorySeriesRenderStyle.Line);
      boolean any = false;
      for (String peer : results.peers()) {
        List<Double> values = new ArrayList<>();
        for (String member : members.values()) {
          results.figure(tasks, peer, figure, member).ifPresent(s -> values.add(positive(s)));
        }
        if (values.size() == members.size()) {
          chart.addSeries(peer, List.copyOf(members.keySet()), values);
          any = true;
        }
      }
      save(any, chart, "latency-" + figure, "Latency percentiles: " + PeerTable.title(figure));
    }
  }

  /** A logarithmic axis has no zero. */
  private static double positive(Spread spread) {
    return Math.max(1e-3, spread.median());
  }

  private void bytes(int tasks) {
    CategoryChart chart = categories("Megabytes, " + tasks + " tasks", "MB");
    List<String> names = List.of("disk", "resident after load");
    boolean any = false;
    for (String peer : results.peers()) {
      Optional<Spread> disk = results.figure(tasks, peer, "disk");
      Optional<Spread> resident = results.figure(tasks, peer, "resident_after_load");
      if (disk.isPresent() && resident.isPresent()) {
        chart.addSeries(
            peer,
            names,
            List.of(disk.get().median() / MEGABYTE, resident.get().median() / MEGABYTE));
        any = true;
      }
    }
    save(any, chart, "bytes", "Bytes on disk and in memory at " + tasks + " tasks");
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
    chart.getStyler().setXAxisLogarithmic(true);
    chart.getStyler().setYAxisLogarithmic(true);
    chart.getStyler().setLegendPosition(LegendPosition.OutsideE);
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
