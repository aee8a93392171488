package dev.quarry;

import dev.quarry.internal.storage.Family;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Damages copies of a store, one place at a time, and looks at what follows: {@code build DIR SEED
 * closed|killed} makes the store, {@code run DIR SEED FROM TO [ONLY]} damages it; cases that do not
 * match the expression {@code ONLY} are passed over. It says each case before it tries it, and then
 * how it ended; a line that begins with {@code WRONG} is a fault of Quarry.
 */
final class DamageProgram {
  private static final List<String> KINDS = List.of("flip", "flip", "zero", "truncate", "delete");
  private static final List<String> DERIVED =
      List.of("index.", "postings", "rows", "OPTIONS", "quarry.closed");

  private static final Pattern PLACE =
      Pattern.compile(
          "\\.sst|\\.log|MANIFEST|CURRENT|QUARRY|family=|format=|sequenceAtClose|action=[a-z -]+ \\[?("
              + Arrays.stream(Family.values())
                  .map(Family::familyName)
                  .collect(Collectors.joining("|"))
              + ")\\b",
          Pattern.CASE_INSENSITIVE);

  private final Path root;
  private final long seed;
  private final DamageModel model;
  private final PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
  private String victim;
  private String kind;
  private boolean closed;

  private DamageProgram(Path root, long seed) {
    this.root = root;
    this.seed = seed;
    this.model = new DamageModel(seed);
  }

  public static void main(String[] arguments) throws Exception {
    DamageProgram program = new DamageProgram(Path.of(arguments[1]), Long.parseLong(arguments[2]));
    if (arguments[0].equals("build")) {
      program.build(arguments[3].equals("closed"));
    } else {
      String only = arguments.length > 5 ? arguments[5] : ".*";
      program.run(Integer.parseInt(arguments[3]), Integer.parseInt(arguments[4]), only);
    }
  }

  private static TaskStore open(Path directory) {
    return TaskStore.open(
        TaskStoreOptions.builder(directory)
            .expectedTasks(1_000)
            .recordCacheBytes(0)
            .blockCacheBytes(4 << 20)
            .clock(() -> DamageModel.NOW)
            .build());
  }

  /** Files on several levels and, of a killed store, a log. */
  private void build(boolean inOrder) {
    Path directory = root.resolve(inOrder ? "closed" : "killed");
    try (TaskStore store = open(directory)) {
      store.createIndex(DamageModel.OWN, ProgressListener.NONE);
      model.write(store, 0, 300);
      store.compact();
    }
    try (TaskStore store = open(directory)) {
      model.write(store, 300, 600);
    }
    try (TaskStore store = open(directory)) {
      model.write(store, 600, (int) model.last());
      if (!inOrder) {
        out.println("built");
        Runtime.getRuntime().halt(0);
      }
    }
    out.println("built");
  }

  private void run(int from, int to, String only) throws IOException {
    for (int n = from; n < to; n++) {
      Random random = new Random((seed * 1_000_003 + n) * 0x9E3779B97F4A7C15L);
      closed = random.nextBoolean();
      Path copy = root.resolve("copy");
      copy(root.resolve(closed ? "closed" : "killed"), copy);
      damage(copy, random);
      String what = (closed ? "closed" : "killed") + " " + kind + " " + victim;
      if (!what.matches(only)) {
        delete(copy);
        continue;
      }
      out.println("case " + n + " " + what);
      String outcome;
      Path spare = root.resolve("spare");
      copy(copy, spare);
      try {
        outcome = read(copy) + " / " + save(spare, n % 2 == 0);
      } catch (RuntimeException | Error e) {
        outcome = "WRONG " + e + " at " + Arrays.stream(e.getStackTrace()).limit(6).toList();
      }
      out.println(n + " " + outcome.replace('\n', ' '));
      delete(copy);
      delete(spare);
    }
    out.println("end");
  }

  private void damage(Path directory, Random random) throws IOException {
    List<Path> files = new ArrayList<>();
    try (Stream<Path> all = Files.walk(directory)) {
      all.filter(Files::isRegularFile)
          .filter(
              f ->
                  !f.getFileName().toString().matches("LOG.*|IDENTITY|LOCK|quarry\\.(lock|holder)"))
          .sorted()
          .forEach(files::add);
    }
    List<String> sorts = files.stream().map(DamageProgram::sort).distinct().sorted().toList();
    // half of the damage goes to what holds the records
    String sort = random.nextBoolean() ? "sst" : sorts.get(random.nextInt(sorts.size()));
    List<Path> ofSort = files.stream().filter(f -> sort(f).equals(sort)).toList();
    Path file = ofSort.get(random.nextInt(ofSort.size()));
    kind = KINDS.get(random.nextInt(KINDS.size()));
    byte[] bytes = Files.readAllBytes(file);
    if (bytes.length == 0 && !kind.equals("delete")) {
      kind = "delete";
    }
    int at = bytes.length == 0 ? 0 : random.nextInt(bytes.length);
    if (bytes.length > 0 && file.toString().endsWith(".map") && random.nextInt(4) != 0) {
      for (int tries = 0; bytes[at] == 0 && tries < 1_000; tries++) {
        at = random.nextInt(bytes.length); // they are mostly gaps
      }
    }
    victim = directory.relativize(file) + " at " + at + " of " + bytes.length;
    switch (kind) {
      case "flip" -> bytes[at] ^= (byte) (1 << random.nextInt(8));
      case "zero" ->
          Arrays.fill(bytes, at, Math.min(bytes.length, at + 1 + random.nextInt(4_096)), (byte) 0);
      case "truncate" -> bytes = Arrays.copyOf(bytes, at);
      default -> Files.delete(file);
    }
    if (!kind.equals("delete")) {
      Files.write(file, bytes);
    }
  }

  private static String sort(Path file) {
    String name = file.getFileName().toString();
    return name.endsWith(".sst")
        ? "sst"
        : name.endsWith(".log") ? "log" : name.replaceAll("[-0-9].*", "");
  }

  private boolean isDerived() {
    return DERIVED.stream().anyMatch(victim::contains);
  }

  private boolean isLog() {
    return victim.contains(".log");
  }

  /** What a caller meets in the damaged store. */
  private String read(Path directory) {
    TaskStore store;
    try {
      store = open(directory);
    } catch (TaskStoreException e) {
      return refused(e);
    }
    try (store) {
      long sequence = store.sequence();
      // a log that lost its end is what the death of the machine leaves: an earlier moment
      if (sequence != model.last() && !(isLog() && !closed && !kind.equals("flip"))) {
        return "WRONG sequence " + sequence + " instead of " + model.last();
      }
      DamageReads reads = new DamageReads(store, model, sequence);
      reads.all();
      int refused = reads.refused();
      VerifyReport report = store.verify(true, ProgressListener.NONE);
      if (refused > 0 && report.isOk()) {
        return "WRONG verify finds nothing, but " + refused + " reads failed";
      }
      if (report.isOk() && report.indexes() != store.indexes().size()) {
        return "WRONG not compared: " + report;
      }
      if (refused > 0 && kind.equals("flip") && isTable() && !isNamed(report)) {
        return "WRONG verify names no file, family and keys: " + report.problems();
      }
      if (!report.isOk() && victim.contains("index")) {
        return "WRONG the index is not healed: " + report.problems();
      }
      return (refused > 0 ? "refused-reads" : report.isOk() ? "whole" : "found-by-verify");
    } catch (CorruptionException | StorageException e) {
      return isNamed(e) ? "refused-later" : "WRONG unnamed " + e.getMessage();
    }
  }

  private String refused(TaskStoreException e) {
    if (isDerived()) {
      return "WRONG derived file is not healed: " + e.getMessage();
    }
    return isNamed(e) ? "refused" : "WRONG unnamed " + e.getMessage();
  }

  /** Whether it names a file, a family or a key. */
  static boolean isNamed(TaskStoreException e) {
    return PLACE.matcher(e.getMessage()).find();
  }

  private boolean isTable() {
    return victim.contains(".sst at ");
  }

  /** Whether a problem says in which file, of which family, between which keys the damage is. */
  private boolean isNamed(VerifyReport report) {
    String file = victim.substring(victim.lastIndexOf('/') + 1, victim.indexOf(" at "));
    Pattern ofFile =
        Pattern.compile("CORRUPT " + Pattern.quote(file) + " \\(family \\w+, keys .+ to .+\\): ");
    Pattern ofRead =
        Pattern.compile("action=[a-z ]+ \\w+, key=\\w+, .*file=" + Pattern.quote(file));
    return report.problems().stream()
        .anyMatch(told -> ofFile.matcher(told).find() || ofRead.matcher(told).find());
  }

  /** What salvage or repair make of it. */
  private String save(Path directory, boolean salvage) throws IOException {
    SalvageReport report;
    Path result = salvage ? root.resolve("saved") : directory;
    try {
      report =
          salvage
              ? TaskStore.salvage(directory, result, ProgressListener.NONE)
              : TaskStore.repair(directory, ProgressListener.NONE);
    } catch (FormatVersionException e) {
      return victim.startsWith("QUARRY") ? "other-format" : "WRONG " + e.getMessage();
    }
    try (TaskStore store = open(result)) {
      String wrong = compare(store, report);
      if (wrong.isEmpty() && !store.verify(true, ProgressListener.NONE).isOk()) {
        wrong = "verify: " + store.verify().problems();
      }
      String saved = (salvage ? "salvaged " : "repaired ") + report.tasks();
      return wrong.isEmpty() ? saved + " lost " + report.lostIdCount() : "WRONG " + wrong;
    } finally {
      if (salvage) {
        delete(result);
      }
    }
  }

  private String compare(TaskStore store, SalvageReport report) {
    DamageModel.State state = model.at(model.last());
    boolean blind = report.losses().stream().anyMatch(l -> l.file().equals("MANIFEST"));
    // a log that lost its end, or all, says nothing of what it held
    boolean earlier = isLog() && !closed;
    int lost = 0;
    for (int i = 0; i < DamageModel.IDS; i++) {
      String id = "D-" + i;
      Task found = store.get(id).orElse(null);
      Task wanted = state.live.get(id);
      if (Objects.equals(found, wanted)) {
        continue;
      }
      if (found != null && !DamageModel.isWritten(found)) {
        return id + " was never written like that: " + found;
      }
      lost++;
      boolean told =
          found == null ? report.lostIds().contains(id) : report.uncertainIds().contains(id);
      if (!told && !blind && !earlier) {
        return id + " is " + found + " instead of " + wanted + ", not told: " + report;
      }
    }
    for (Map.Entry<String, Task> archived : state.archived.entrySet()) {
      Task found = store.getArchived(archived.getKey()).orElse(null);
      if (archived.getValue().equals(found)) {
        continue;
      }
      if (found != null) {
        return "archived " + found + " instead of " + archived.getValue();
      }
      lost++;
    }
    return lost > 0 && report.isComplete() && !earlier ? lost + " lost, not told" : "";
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Path target = to.resolve(from.relativize(file).toString());
        if (Files.isDirectory(file)) {
          Files.createDirectories(target);
        } else {
          Files.copy(file, target);
        }
      }
    }
  }

  private static void delete(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
