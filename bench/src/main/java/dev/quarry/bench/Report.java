package dev.quarry.bench;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/** The figures of a run and the targets that they met or missed. Not thread-safe. */
final class Report {
  /** A target; {@code ok} is null where it could not be measured here. */
  private record Target(String name, String wanted, String measured, Boolean ok) {}

  private static final String PENDING = "not reached";

  private final String command;
  private final ProcessorTime began = ProcessorTime.now();
  private final Map<String, Map<String, Object>> sections = new LinkedHashMap<>();
  private final List<Target> targets = new ArrayList<>();

  Report(String command) {
    this.command = command;
    section("machine").putAll(Machine.figures());
  }

  /** The figures under a heading, to be added to: texts, numbers, maps of those. */
  Map<String, Object> section(String name) {
    return sections.computeIfAbsent(name, n -> new LinkedHashMap<>());
  }

  /** Adds a target. */
  void target(String name, String wanted, String measured, Boolean ok) {
    targets.add(new Target(name, wanted, measured, ok));
  }

  /** Adds a target that counts as missed until {@link #kept} is told of it, however a run ends. */
  void promise(String name, String wanted) {
    targets.add(new Target(name, wanted, PENDING, false));
  }

  /** A promise was kept. */
  void kept(String name, String measured) {
    settle(t -> t.name().equals(name), measured, true);
  }

  /**
   * The run has ended early: every open promise is missed for this reason; without any, a target of
   * its own says so.
   */
  void broken(String why) {
    if (targets.stream().noneMatch(Report::isOpen)) {
      promise("the run", "to its end");
    }
    settle(t -> true, why, false);
  }

  private void settle(Predicate<Target> which, String measured, boolean ok) {
    targets.replaceAll(
        t -> isOpen(t) && which.test(t) ? new Target(t.name(), t.wanted(), measured, ok) : t);
  }

  private static boolean isOpen(Target target) {
    return target.measured().equals(PENDING);
  }

  /** Takes over the sections, but for the machine, and the targets of a written report. */
  void take(Object tree) {
    if (JsonFile.at(tree, "data") instanceof Map<?, ?> data
        && JsonFile.at(tree, "targets") instanceof List<?> judged) {
      data.forEach(
          (name, figures) -> {
            if (!name.equals("machine")) {
              ((Map<?, ?>) figures).forEach((k, v) -> section((String) name).put((String) k, v));
            }
          });
      for (Object t : judged) {
        target(
            (String) JsonFile.at(t, "name"),
            (String) JsonFile.at(t, "wanted"),
            (String) JsonFile.at(t, "measured"),
            (Boolean) JsonFile.at(t, "ok"));
      }
    } else {
      throw new IllegalArgumentException("no report");
    }
  }

  /** Whether no target was missed. */
  boolean passed() {
    return targets.stream().allMatch(t -> t.ok() == null || t.ok());
  }

  /** What is measured is: says how much of the processors' time others had meanwhile. */
  void end() {
    ProcessorTime now = ProcessorTime.now();
    if (now != null) {
      now.stolenPercent(began)
          .ifPresent(percent -> section("machine").put("stolen_percent", percent));
    }
  }

  /** Prints for people. */
  void print(PrintWriter out) {
    sections.forEach(
        (name, figures) -> {
          out.println(name);
          figures.forEach((key, value) -> out.printf("  %-24s %s%n", key, text(value)));
        });
    if (!targets.isEmpty()) {
      out.printf("%n%-44s %-14s %-16s %s%n", "target", "wanted", "measured", "ok");
      for (Target t : targets) {
        String ok = t.ok() == null ? "n/a" : t.ok() ? "yes" : "NO";
        out.printf("%-44s %-14s %-16s %s%n", t.name(), t.wanted(), t.measured(), ok);
      }
    }
    out.flush();
  }

  private static String text(Object value) {
    if (value instanceof Map<?, ?> map) {
      StringBuilder line = new StringBuilder();
      map.forEach((k, v) -> line.append(line.isEmpty() ? "" : "  ").append(k + " " + text(v)));
      return line.toString();
    }
    if (value instanceof Double d) {
      return number(d);
    }
    return value instanceof Number n
        ? String.format(Locale.ROOT, "%,d", n.longValue())
        : String.valueOf(value);
  }

  /** A number with about four digits that count. */
  static String number(double value) {
    double size = Math.abs(value);
    String format = size >= 1_000 ? "%,.0f" : size >= 10 ? "%.1f" : size >= .1 ? "%.3f" : "%.6f";
    return String.format(Locale.ROOT, format, value);
  }

  /** Writes for programs. */
  void writeJson(Path file) {
    try (Writer writer = Files.newBufferedWriter(file);
        JsonGenerator json =
            JsonFactory.builder().build().createGenerator(ObjectWriteContext.empty(), writer)) {
      json.writeStartObject();
      json.writeNumberProperty("schema_version", 1);
      json.writeStringProperty("command", command);
      json.writeName("data");
      write(json, sections);
      json.writeName("targets");
      json.writeStartArray();
      for (Target t : targets) {
        Map<String, Object> target = new LinkedHashMap<>();
        target.put("name", t.name());
        target.put("wanted", t.wanted());
        target.put("measured", t.measured());
        target.put("ok", t.ok());
        write(json, target);
      }
      json.writeEndArray();
      json.writeBooleanProperty("passed", passed());
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void write(JsonGenerator json, Object value) {
    if (value instanceof Map<?, ?> map) {
      json.writeStartObject();
      map.forEach(
          (k, v) -> {
            json.writeName(String.valueOf(k));
            write(json, v);
          });
      json.writeEndObject();
    } else if (value instanceof Double d) {
      json.writeNumber(d);
    } else if (value instanceof Number n) {
      json.writeNumber(n.longValue());
    } else if (value instanceof Boolean b) {
      json.writeBoolean(b);
    } else if (value == null) {
      json.writeNull();
    } else {
      json.writeString(value.toString());
    }
  }
}
