package dev.quarry.bench;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Courses of load that the source documents name, with their thresholds. */
enum LoadProfile {
  /** The k6 stages: to 100, 500 and 1,000 users, stay, leave. */
  K6(200, 500, 1) {
    @Override
    List<Users.Stage> stages() {
      return List.of(
          stage("to 100", 2, 100),
          stage("to 500", 5, 500),
          stage("to 1,000", 10, 1_000),
          stage("1,000", 5, 1_000),
          stage("leave", 2, 0));
    }
  },
  /** Locust: 100 users over 5 minutes, 15 minutes in all; every request succeeds. */
  LOCUST_100(10, 10, 0) {
    @Override
    List<Users.Stage> stages() {
      return List.of(stage("to 100", 5, 100), stage("100", 10, 100));
    }
  },
  /** 100 users, 15 minutes. */
  LIGHT(500, 1_000, .5) {
    @Override
    List<Users.Stage> stages() {
      return List.of(stage("100", 0, 100), stage("100, stay", 15, 100));
    }
  },
  /** 500 users, 30 minutes. */
  MEDIUM(500, 1_000, .5) {
    @Override
    List<Users.Stage> stages() {
      return List.of(stage("500", 0, 500), stage("500, stay", 30, 500));
    }
  },
  /** 1,000 users, 60 minutes. */
  HEAVY(500, 1_000, .5) {
    @Override
    List<Users.Stage> stages() {
      return List.of(stage("1,000", 0, 1_000), stage("1,000, stay", 60, 1_000));
    }
  },
  /**
   * Ever more users, until a threshold fails: where is the knee? Each step comes and then stays;
   * the stay is judged.
   */
  BREAKPOINT(200, 500, 1) {
    @Override
    List<Users.Stage> stages() {
      List<Users.Stage> stages = new ArrayList<>();
      for (int users = 100; users <= MOST_USERS; users *= 2) {
        String name = String.format(Locale.ROOT, "%,d", users);
        stages.add(stage("to " + name, 1, users));
        stages.add(stage(name, 2, users));
      }
      return stages;
    }
  };

  private static final int MOST_USERS = 51_200;

  private final double p95Millis;
  private final double p99Millis;
  private final double failedPercent;

  LoadProfile(double p95Millis, double p99Millis, double failedPercent) {
    this.p95Millis = p95Millis;
    this.p99Millis = p99Millis;
    this.failedPercent = failedPercent;
  }

  /** The stages, unscaled. */
  abstract List<Users.Stage> stages();

  /** The 95th percentile must be below, in milliseconds. */
  double p95Millis() {
    return p95Millis;
  }

  /** The 99th percentile must be below, in milliseconds. */
  double p99Millis() {
    return p99Millis;
  }

  /** Fewer requests must fail, in percent; 0 for none at all. */
  double failedPercent() {
    return failedPercent;
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private static Users.Stage stage(String name, int minutes, int users) {
    return new Users.Stage(name, Duration.ofMinutes(minutes), users);
  }
}
