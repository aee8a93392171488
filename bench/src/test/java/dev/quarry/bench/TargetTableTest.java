package dev.quarry.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TargetTableTest {
  @TempDir Path directory;

  @Test
  void withoutAFigureEveryRowSaysSo() {
    List<TargetTable.Row> rows =
        new TargetTable(new PeerResults(directory), Map.of(), 1_000_000).rows();
    assertThat(rows)
        .hasSizeGreaterThan(40)
        .filteredOn(row -> !row.measured().equals("held by a test"))
        .hasSizeGreaterThan(40)
        .allSatisfy(
            row -> {
              assertThat(row.measured()).isEqualTo("not measured");
              assertThat(row.ok()).isNull();
            });
  }

  @Test
  void aRatioIsThatOfItsRoundAndIsJudged() throws IOException {
    // the second round was ten times as slow for both, as on a machine that others use
    file("quarry", 1, "insert", 60);
    file("expert", 1, "insert", 100);
    file("quarry", 2, "insert", 600);
    file("expert", 2, "insert", 1_000);
    assertThat(row("P4", "<= 0.7 x expert").measured()).isEqualTo("0.600 (0.600..0.600) x");
    assertThat(row("P4", "<= 0.7 x expert").ok()).isTrue();
    file("expert", 3, "insert", 100);
    file("quarry", 3, "insert", 90);
    file("expert", 4, "insert", 100);
    file("quarry", 4, "insert", 90);
    file("expert", 5, "insert", 100);
    file("quarry", 5, "insert", 90);
    assertThat(row("P4", "<= 0.7 x expert").ok()).isFalse();
    assertThat(row("P4", "<= 2.0 x raw WriteBatch of id and record").ok()).isNull();
  }

  @Test
  void allocationIsComparedWithTheBareDecode() throws IOException {
    file("quarry-uncached", 1, "get_uniform", 10, 2_060);
    file("raw", 1, "bare_decode", 2, 2_000);
    assertThat(row("P2", "<= 64 bytes").measured()).isEqualTo("60.0 bytes");
    assertThat(row("P2", "<= 64 bytes").ok()).isTrue();
    file("raw", 1, "bare_decode", 2, 1_900);
    assertThat(row("P2", "<= 64 bytes").measured()).isEqualTo("160 bytes");
    assertThat(row("P2", "<= 64 bytes").ok()).isFalse();
  }

  @Test
  void countsAreJudgedByTheSlowerKindAndTheirGrowthByTheWorst() throws IOException {
    file("quarry", 1, "count_agent", 1);
    file("quarry", 1, "count_by_agent", 3);
    assertThat(row("P9", "<= 2 us", "count / countBy of agent").ok()).isFalse();
    assertThat(row("P9", "<= 1.5 x").ok()).isNull();
    at(1_000_000, "quarry", 1, "count_agent", 1.2, 0);
    at(1_000_000, "quarry", 1, "count_by_agent", 4.8, 0);
    assertThat(row("P9", "<= 1.5 x").measured()).isEqualTo("at most 1.60 x (countBy agent)");
    assertThat(row("P9", "<= 1.5 x").ok()).isFalse();
  }

  @Test
  void growthIsAgainstTenMillionOnceTheyAreMeasured() throws IOException {
    file("quarry", 1, "get_zipf", 10);
    at(1_000_000, "quarry", 1, "get_zipf", 20, 0);
    assertThat(row("P15", "<= 1.5 x", "get, Zipf, 1,000,000 beside 100,000").measured())
        .isEqualTo("2.00 x");
    at(10_000_000, "quarry", 1, "get_zipf", 12, 0);
    assertThat(row("P15", "<= 1.5 x", "get, Zipf, 10,000,000 beside 100,000").ok()).isTrue();
  }

  @Test
  void aRowOfASingleCommandNamesItWithItsSpread() {
    Map<String, Object> opened = Map.of("clean_ms", 310.0, "clean_ms_spread", "310 (290..330)");
    TargetTable.Row row =
        new TargetTable(
                new PeerResults(directory),
                Map.of("open-100000", Map.of("data", Map.of("open", opened))),
                100_000)
            .rows().stream().filter(r -> r.wanted().equals("<= 300 ms")).findFirst().orElseThrow();
    assertThat(row.measured()).isEqualTo("310 (290..330) ms");
    assertThat(row.ok()).isFalse();
    assertThat(row.command()).isEqualTo("open --tasks 100000");
  }

  @Test
  void whoIsAheadOfQuarryIsNamed() throws IOException {
    for (String figure : List.of("load", "q1")) {
      file("quarry", 1, figure, 10);
    }
    file("lmdb", 1, "load", 20);
    TargetTable.Row row = row("P16", "in every column");
    assertThat(row.measured()).isEqualTo("ahead of lmdb");
    assertThat(row.ok()).isTrue();
    file("lmdb", 2, "q1", 5);
    file("quarry", 2, "q1", 10);
    row = row("P16", "in every column");
    assertThat(row.measured()).contains("behind in 1", "Q1: 2.00 x lmdb");
    assertThat(row.ok()).isFalse();
  }

  @Test
  void aStrangeFileIsNamed() throws IOException {
    Path strange = directory.resolve("peer-strange.json");
    Files.writeString(strange, "{\"data\":{}}");
    assertThatThrownBy(() -> new PeerResults(directory))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("peer-strange.json");
    Files.writeString(strange, "{\"data\":");
    assertThatThrownBy(() -> new PeerResults(directory))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("peer-strange.json");
  }

  @Test
  void driftComparesTheThirds() {
    assertThat(Drift.percent(List.of(10.0, 10.0, 99.0, 0.0, 12.0, 12.0))).isEqualTo(20.0);
    assertThat(Drift.percent(List.of(10.0, 5.0, 10.0))).isZero();
    assertThat(Spread.of(List.of(3.0, 1.0, 2.0, 10.0)).median()).isEqualTo(2.5);
  }

  private TargetTable.Row row(String number, String wanted) {
    return row(number, wanted, "");
  }

  private TargetTable.Row row(String number, String wanted, String path) {
    return new TargetTable(new PeerResults(directory), Map.of(), 100_000)
        .rows().stream()
            .filter(
                r ->
                    r.number().equals(number)
                        && r.wanted().equals(wanted)
                        && r.path().contains(path))
            .findFirst()
            .orElseThrow();
  }

  private void file(String peer, int round, String figure, double value) throws IOException {
    file(peer, round, figure, value, 0);
  }

  private void file(String peer, int round, String figure, double value, double allocated)
      throws IOException {
    at(100_000, peer, round, figure, value, allocated);
  }

  private void at(int tasks, String peer, int round, String figure, double value, double allocated)
      throws IOException {
    Files.writeString(
        directory.resolve("peer-" + tasks + "-" + peer + "-" + figure + "-r" + round + ".json"),
        "{\"data\":{\"peer\":{\"name\":\""
            + peer
            + "\",\"tasks\":"
            + tasks
            + ",\"round\":"
            + round
            + "},\"figures\":{\""
            + figure
            + "\":{\"value\":"
            + value
            + ",\"allocated_bytes\":"
            + allocated
            + ",\"unit\":\"us\"}}}}");
  }
}
