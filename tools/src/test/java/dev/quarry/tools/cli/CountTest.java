package dev.quarry.tools.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code quarry count --sum}. */
class CountTest {
  @TempDir private Path directory;

  private final AtomicReference<Instant> clock =
      new AtomicReference<>(Instant.parse("2026-11-20T12:00:00Z"));
  private Runner quarry;

  @BeforeEach
  void setUp() {
    quarry = new Runner(directory).variable("QUARRY_DB", "store").clock(clock::get);
    ok("init");
    ok("add", "one", "--id", "A", "--due", "2026-11-20T12:10:00Z");
    ok("set", "A", "estimated_hours=2.5");
    pass(60);
    ok("add", "two", "--id", "B");
    ok("set", "B", "estimated_hours=0.25");
    pass(30);
    ok("add", "three", "--id", "C");
    ok("done", "A");
    pass(10);
  }

  private void pass(int seconds) {
    clock.set(clock.get().plusSeconds(seconds));
  }

  private String ok(String... args) {
    Runner.Result result = quarry.run(args);
    assertThat(result.exitCode()).as(result.err()).isZero();
    return result.out();
  }

  private String refused(String... args) {
    Runner.Result result = quarry.run(args);
    assertThat(result.exitCode()).as(result.out() + result.err()).isEqualTo(2);
    return result.err();
  }

  @Test
  void sumsUpHoursInEveryFormat() {
    String[] sums = {"count", "--by", "status", "--sum", "estimated", "--format"};
    assertThat(with(sums, "csv"))
        .isEqualTo(
            "status,count,sum,min,max,mean\nTODO,1,0.25,0.25,0.25,0.25\nDONE,1,2.5,2.5,2.5,2.5\n");
    assertThat(with(sums, "tsv")).startsWith("status\tcount\tsum\tmin\tmax\tmean\nTODO\t1\t0.25\t");
    assertThat(with(sums, "jsonl"))
        .startsWith(
            "{\"status\":\"TODO\",\"count\":1,\"sum\":0.25,\"min\":0.25,\"max\":0.25,\"mean\":0.25}\n");
    assertThat(with(sums, "json"))
        .contains("\"data\":[{\"status\":\"TODO\",\"count\":1,\"sum\":0.25");
    assertThat(with(sums, "yaml")).contains("status: \"TODO\"").contains("sum: 0.25");
    assertThat(with(sums, "md"))
        .contains("| status | count | sum |")
        .contains("| DONE | 1 | 2.5 |");
    assertThat(with(sums, "raw")).contains("2.5");
    assertThat(with(sums, "table"))
        .isEqualTo(
            """
            STATUS   COUNT  SUM (H)  MIN (H)  MAX (H)  MEAN (H)
            TODO         1     0.25     0.25     0.25      0.25
            DONE         1      2.5      2.5      2.5       2.5
            """);
    assertThat(ok("count", "--sum", "estimated_hours", "--format", "jsonl"))
        .isEqualTo("{\"count\":2,\"sum\":2.75,\"min\":0.25,\"max\":2.5,\"mean\":1.375}\n");
    assertThat(
            ok(
                "count",
                "--by",
                "status",
                "--sum",
                "estimated",
                "--fields",
                "status,sum",
                "--format",
                "csv"))
        .isEqualTo("status,sum\nTODO,0.25\nDONE,2.5\n");
  }

  private String with(String[] args, String format) {
    String[] all = Arrays.copyOf(args, args.length + 1);
    all[args.length] = format;
    return ok(all);
  }

  @Test
  void tasksWithoutTheFieldAreNotCounted() {
    assertThat(ok("count", "--sum", "actual", "--format", "jsonl"))
        .isEqualTo("{\"count\":0,\"sum\":0}\n");
    assertThat(ok("count", "id = C", "--by", "status", "--sum", "estimated", "--format", "csv"))
        .isEqualTo("status,count,sum,min,max,mean\nTODO,0,0,,,\n");
  }

  @Test
  void sumsUpAges() {
    assertThat(ok("count", "--sum", "age", "--format", "csv"))
        .isEqualTo("count,sum,min,max,mean\n3,150,10,100,50\n");
    assertThat(ok("count", "--sum", "created_at", "--format", "csv"))
        .isEqualTo(ok("count", "--sum", "age", "--format", "csv"));
    assertThat(ok("count", "id = A", "--sum", "idle", "--format", "csv")).contains("\n1,10,");
    assertThat(ok("count", "--sum", "left", "--format", "csv")).contains("\n1,500,");
    assertThat(ok("count", "--sum", "completed", "--format", "csv")).contains("\n1,10,");
    assertThat(ok("count", "--sum", "age"))
        .isEqualTo("count  3\nsum    150\nmin    10\nmax    100\nmean   50\n");
    assertThat(ok("count", "--sum", "age", "--by", "id")).contains("SUM (S)");
  }

  @Test
  void anAgeOfThePastIsAsItWasThen() {
    assertThat(ok("count", "--sum", "age", "--format", "csv", "--at", "2026-11-20T12:01:30Z"))
        .contains("\n3,120,0,90,40\n");
    assertThat(refused("count", "--sum", "age", "--at", "2")).contains("give --at a time");
    assertThat(ok("count", "--sum", "estimated", "--format", "csv", "--at", "2"))
        .contains("\n1,2.5,");
  }

  @Test
  void refusesWhatHasNoSum() {
    assertThat(refused("count", "--sum", "status"))
        .contains("--sum takes a field of hours or time");
    assertThat(refused("count", "--sum", "estimatd")).contains("did you mean `estimated`?");
    assertThat(refused("count", "--sum", "attr.x")).contains("it is one of estimated, actual, age");
  }
}
