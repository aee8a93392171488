package dev.quarry.bench;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * What the commands have in common: a store in a directory of its own that is deleted afterwards, a
 * report, an exit code.
 */
abstract class BenchCommand implements Callable<Integer> {
  @Spec CommandSpec spec;

  @Option(
      names = "--json",
      paramLabel = "FILE",
      description = "Also write the figures to this file, as JSON.")
  Path json;

  @Option(
      names = "--dir",
      paramLabel = "DIR",
      description = "Where to keep the stores meanwhile; default: the place for temporary files.")
  Path dir;

  @Option(names = "--seed", defaultValue = "42", description = "Seed of the workload; default 42.")
  long seed;

  @Option(
      names = "--time-scale",
      paramLabel = "X",
      defaultValue = "1",
      description = "Multiplies every duration; default 1.")
  double timeScale;

  /** Measures. */
  abstract void measure(Report report, TempDirectory directory, Progress progress);

  @Override
  public Integer call() {
    if (timeScale <= 0 || !Double.isFinite(timeScale)) {
      throw usage("--time-scale must be above 0");
    }
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    Progress progress = new Progress(err, Progress.hasConsole());
    Report report = new Report(spec.name());
    try (TempDirectory directory = TempDirectory.in(dir)) {
      measure(report, directory, progress);
    } catch (WrongAnswerException e) {
      broken(report, "wrong answer: " + e.getMessage());
    } catch (ParameterException e) {
      throw e; // the caller's mistake, no result
    } catch (RuntimeException e) {
      broken(report, "failed: " + e);
      e.printStackTrace(err);
    } finally {
      progress.clear();
    }
    report.end();
    report.print(out);
    if (json != null) {
      report.writeJson(json);
    }
    return report.passed() ? 0 : 1;
  }

  /** The figures so far are still reported, with the reason beside what was promised. */
  private void broken(Report report, String why) {
    spec.commandLine().getErr().println(why);
    report.broken(why.lines().findFirst().orElse(why));
  }

  /** A mistake of the caller. */
  ParameterException usage(String message) {
    return new ParameterException(spec.commandLine(), message);
  }

  /** Checks a number of tasks. */
  int checkTasks(int tasks) {
    if (tasks < TaskWorkload.Q2_TASKS) {
      throw usage("--tasks must be at least " + TaskWorkload.Q2_TASKS);
    }
    return tasks;
  }

  /** A duration in seconds, scaled. */
  Duration scaled(double seconds) {
    return Duration.ofNanos((long) (seconds * timeScale * 1e9));
  }

  /** Says what the first error of a run was. */
  void explain(Throwable error) {
    if (error != null) {
      spec.commandLine().getErr().println("first error: " + error);
    }
  }
}
