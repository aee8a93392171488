package dev.quarry.bench;

import dev.quarry.TaskStore;
import dev.quarry.TaskStoreOptions;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** All targets that the source documents set, as far as the store's API reaches today. */
@Command(
    name = "accept",
    mixinStandardHelpOptions = true,
    description = {
      "Measures the targets of the source documents and prints target, measured, ok. A target of",
      "something that the store does not have is shown as n/a."
    })
final class AcceptBench extends BenchCommand {
  /** Which documents. */
  enum Profile {
    /** All. */
    SEEDS,
    /** Performance optimization: loading, queries, memory, cache, concurrent operations. */
    S001,
    /** Real-time system: users, latency, processor. */
    S002,
    /** Performance report: requests beside its own figures. */
    S004;

    boolean has(Profile part) {
      return this == SEEDS || this == part;
    }

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Reads the names of profiles. */
  static final class ProfileName implements ITypeConverter<Profile> {
    @Override
    public Profile convert(String value) {
      for (Profile profile : Profile.values()) {
        if (profile.toString().equals(value.toLowerCase(Locale.ROOT))) {
          return profile;
        }
      }
      throw new TypeConversionException(
          "\"" + value + "\" is no profile; there are " + List.of(Profile.values()));
    }
  }

  @Option(names = "--tasks", defaultValue = "10000", description = "How many; default 10000.")
  int tasks;

  @Option(
      names = "--profile",
      defaultValue = "seeds",
      converter = ProfileName.class,
      description = "seeds (all, default), s001, s002 or s004.")
  Profile profile;

  @Override
  void measure(Report report, TempDirectory directory, Progress progress) {
    checkTasks(tasks);
    TaskWorkload workload = new TaskWorkload(seed);
    Map<String, Object> how = report.section("accept");
    how.put(Latencies.HOW + " of users", Latencies.FROM_DUE);
    how.put(Latencies.HOW + " of changes", FeedLoad.HOW);
    how.put(Latencies.HOW + " of others", Latencies.ONE_BY_ONE);
    double small = LoadBench.smallLoad(workload, directory);
    TaskStoreOptions options =
        TaskStoreOptions.builder(directory.sub("store")).expectedTasks(tasks).build();
    try (TaskStore store = TaskStore.open(options)) {
      Loading.load(store, workload, tasks, progress);
      Answers.of(workload, tasks).check(store);
      Acceptance acceptance =
          new Acceptance(report, store, workload, tasks, seed, scaled(1), progress);
      if (profile.has(Profile.S001)) {
        Acceptance.below(report, "001-72 load and read back 1,000 tasks", small, 100);
        acceptance.performanceDocument();
      }
      if (profile.has(Profile.S002)) {
        acceptance.realTimeDocument(directory);
      }
      if (profile.has(Profile.S004)) {
        acceptance.reportDocument(directory);
      }
      explain(acceptance.firstError());
    }
    if (profile.has(Profile.S001)) {
      Acceptance.smallCache(report, workload, tasks, seed, directory);
    }
    if (profile.has(Profile.S002)) {
      Acceptance.uncached(report, workload, tasks, seed, directory);
    }
    if (profile.has(Profile.S004)) {
      Acceptance.recovery(report, tasks, seed, directory);
    }
  }
}
