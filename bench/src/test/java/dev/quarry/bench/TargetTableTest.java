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
    assertThat(row("P4", "<= 2.0 x raw WriteBatch").ok()).isNull();
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
    return new TargetTable(new PeerResults(directory), Map.of(), 100_000)
        .rows().stream()
            .filter(r -> r.number().equals(number) && r.wanted().equals(wanted))
            .findFirst()
            .orElseThrow();
  }

  private void file(String peer, int round, String figure, double value) throws IOException {
    Files.writeString(
        directory.resolve("peer-100000-" + peer + "-" + figure + "-r" + round + ".json"),
        "{\"data\":{\"peer\":{\"name\":\""
            + peer
            + "\",\"tasks\":100000,\"round\":"
            + round
            + "},\"figures\":{\""
            + figure
            + "\":{\"value\":"
            + value
            + ",\"unit\":\"us\"}}}}");
  }
}
