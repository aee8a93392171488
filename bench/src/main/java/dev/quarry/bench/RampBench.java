package dev.quarry.bench;

import dev.quarry.ProgressListener;
import dev.quarry.TaskStore;
import dev.quarry.TaskStoreOptions;
import dev.quarry.VerifyReport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** Lets users come and go in stages. */
@Command(
    name = "ramp",
    mixinStandardHelpOptions = true,
    description = {
      "Lets virtual users come, ask at times of their own, and go, in stages; times count from",
      "when a request was due, however late the ones before it were answered. Checks answers,",
      "counts failed requests and lost updates."
    })
final class RampBench extends BenchCommand {
  /** Reads names as the documents write them. */
  static final class ProfileName implements ITypeConverter<LoadProfile> {
    @Override
    public LoadProfile convert(String value) {
      for (LoadProfile profile : LoadProfile.values()) {
        if (profile.toString().equals(value.toLowerCase(Locale.ROOT))) {
          return profile;
        }
      }
      throw new TypeConversionException(
          "\"" + value + "\" is no profile; there are " + List.of(LoadProfile.values()));
    }
  }

  private static final int THREADS = 8;

  @Option(names = "--tasks", defaultValue = "10000", description = "How many; default 10000.")
  int tasks;

  @Option(
      names = "--profile",
      defaultValue = "k6",
      converter = ProfileName.class,
      description = "k6 (default), locust-100, light, medium, heavy, breakpoint.")
  LoadProfile profile;

  @Option(
      names = "--think",
      paramLabel = "SECONDS",
      defaultValue = "1",
      description = "From one request of a user to the next, on average; default 1. Not scaled.")
  double thinkSeconds;

  @Option(
      names = "--users",
      paramLabel = "X",
      defaultValue = "1",
      description = "Multiplies the numbers of users; default 1.")
  double userScale;

  @Option(
      names = "--p99",
      paramLabel = "MS",
      description = "Overrides the profile's threshold of the 99th percentile.")
  Double p99Millis;

  @Override
  void measure(Report report, TempDirectory directory, Progress progress) {
    checkTasks(tasks);
    if (thinkSeconds <= 0 || userScale <= 0) {
      throw usage("--think and --users must be above 0");
    }
    TaskWorkload workload = new TaskWorkload(seed);
    TaskStoreOptions options =
        TaskStoreOptions.builder(directory.sub("store")).expectedTasks(tasks).build();
    try (TaskStore store = TaskStore.open(options)) {
      Loading.load(store, workload, tasks, progress);
      UserRequests requests = new UserRequests(store, workload, tasks);
      Users users =
          new Users(requests, Duration.ofNanos((long) (thinkSeconds * 1e9)), THREADS, seed);
      if (profile == LoadProfile.BREAKPOINT) {
        breakpoint(report, users, progress);
      } else {
        judge(report, users.run(scaledStages(), progress));
      }
      explain(users.firstError());
      long lost = requests.lost();
      report.target("lost updates", "0", Long.toString(lost), lost == 0);
      VerifyReport verified = store.verify(true, ProgressListener.NONE);
      report.target("verify", "0 problems", verified.problemCount() + " problems", verified.isOk());
    }
  }

  private List<Users.Stage> scaledStages() {
    List<Users.Stage> stages = new ArrayList<>();
    for (Users.Stage stage : profile.stages()) {
      stages.add(
          new Users.Stage(
              stage.name(),
              scaled(stage.time().toNanos() / 1e9),
              (int) Math.ceil(stage.usersAtEnd() * userScale)));
    }
    return stages;
  }

  private void judge(Report report, List<Users.Result> results) {
    Latencies all = new Latencies();
    long failed = 0;
    double seconds = 0;
    for (Users.Result result : results) {
      stage(report, result);
      all.add(result.times());
      failed += result.failed();
      seconds += result.seconds();
    }
    Map<String, Object> total = report.section("all");
    total.put("profile", profile.toString());
    total.put("requests_per_second", all.operations() / seconds);
    total.put(Latencies.HOW, Latencies.FROM_DUE);
    total.putAll(all.figures());
    double p95 = all.percentileMicros(95) / 1e3;
    double p99 = all.percentileMicros(99) / 1e3;
    double percent = 100.0 * failed / Math.max(1, all.operations());
    report.target("p95", below(profile.p95Millis()), millis(p95), p95 < profile.p95Millis());
    report.target("p99", below(p99Limit()), millis(p99), p99 < p99Limit());
    boolean few = profile.failedPercent() == 0 ? failed == 0 : percent < profile.failedPercent();
    report.target(
        "failed requests",
        profile.failedPercent() == 0 ? "0" : "< " + profile.failedPercent() + " %",
        Report.number(percent) + " %",
        few);
  }

  /** Goes on until a threshold fails where the users stay, and says which number still held. */
  private void breakpoint(Report report, Users users, Progress progress) {
    String held = "none";
    String broke = "none";
    int before = 0;
    for (Users.Stage stage : scaledStages()) {
      Users.Result result = users.run(List.of(stage), progress).get(0);
      stage(report, result);
      boolean stays = stage.usersAtEnd() == before;
      before = stage.usersAtEnd();
      if (!stays) {
        continue;
      }
      boolean good =
          result.times().percentileMicros(95) / 1e3 < profile.p95Millis()
              && result.times().percentileMicros(99) / 1e3 < p99Limit()
              && result.failedPercent() < profile.failedPercent();
      if (!good) {
        broke = stage.name() + " users";
        break;
      }
      held = stage.name() + " users";
    }
    Map<String, Object> knee = report.section("breakpoint");
    knee.put("held", held);
    knee.put("broke", broke);
    report.target("the least step holds", "yes", held, !held.equals("none"));
  }

  private double p99Limit() {
    return p99Millis == null ? profile.p99Millis() : p99Millis;
  }

  private static void stage(Report report, Users.Result result) {
    Map<String, Object> figures = new LinkedHashMap<>();
    figures.put("users_at_end", result.stage().usersAtEnd());
    figures.put("seconds", result.seconds());
    figures.put("requests_per_second", result.times().operations() / result.seconds());
    figures.put("failed", result.failed());
    figures.put("overdue_at_end", result.overdue());
    figures.put(Latencies.HOW, Latencies.FROM_DUE);
    figures.putAll(result.times().figures());
    report.section("stage " + result.stage().name()).putAll(figures);
  }

  private static String below(double millis) {
    return "< " + Report.number(millis) + " ms";
  }

  private static String millis(double value) {
    return Report.number(value) + " ms";
  }
}
