package dev.quarry.tools.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.Status;
import dev.quarry.Task;
import dev.quarry.WriteBatch;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The dashboard's streams of changes over real HTTP. */
class ServeStreamTest {
  private static final Pattern PLACE =
      Pattern.compile("\"sequence\":(\\d+),.*?\"id\":\"([^\"]+)\"");

  @TempDir private Path directory;

  private ServeFixture fixture;

  @AfterEach
  void tearDown() {
    if (fixture != null) {
      fixture.close();
    }
  }

  private ServeFixture start() {
    fixture = new ServeFixture(directory, settings -> settings);
    return fixture;
  }

  /** A fixture whose streams tell soon that they are alive. */
  private ServeFixture startLively(Duration readerTimeout) {
    fixture =
        new ServeFixture(
            directory, settings -> settings.withTimes(Duration.ofMillis(100), readerTimeout));
    return fixture;
  }

  private static String place(String json) {
    Matcher place = PLACE.matcher(json);
    assertThat(place.find()).as(json).isTrue();
    return place.group(1) + " " + place.group(2);
  }

  @Test
  void anEventTellsWhatACommitDidToATask() {
    start();
    try (SseReader changes = fixture.changes("", null)) {
      assertThat(changes.status()).isEqualTo(200);
      assertThat(changes.response().headers().firstValue("Content-Type").orElseThrow())
          .startsWith("text/event-stream");
      fixture.writer.insert(Task.builder("A", "first\nline").build());
      fixture.writer.update("A", task -> task.withStatus(Status.DONE));
      fixture.writer.delete("A");
      SseReader.Event created = changes.next();
      assertThat(created.name()).isEqualTo("change");
      assertThat(created.id()).isEqualTo("1");
      assertThat(created.data())
          .startsWith("{\"sequence\":1,\"time\":\"")
          .contains("\"action\":\"created\",\"cause\":\"write\",\"id\":\"A\",\"version\":1,")
          .contains("\"task\":{\"id\":\"A\",\"status\":\"TODO\"")
          .contains("\"title\":\"first\\nline\"");
      SseReader.Event updated = changes.next();
      assertThat(updated.id()).isEqualTo("2");
      assertThat(updated.data()).contains("\"changed\":\"status TODO -> DONE");
      assertThat(changes.next().data())
          .contains("\"action\":\"deleted\"")
          .doesNotContain("task\":");
    }
  }

  @Test
  void aFilterLetsThroughWhatConcernsIt() {
    start();
    String filter = ServeFixture.encoded("tag = x");
    try (SseReader changes = fixture.changes("?from=0&filter=" + filter, null)) {
      fixture.writer.insert(Task.builder("A", "a").build());
      fixture.writer.insert(Task.builder("B", "b").tag("x").build());
      fixture.writer.update("A", task -> task.withTitle("c"));
      fixture.writer.update("B", task -> task.withTags(List.of()));
      assertThat(place(changes.next().data())).isEqualTo("2 B");
      assertThat(place(changes.next().data())).isEqualTo("4 B");
    }
  }

  /** What a reader has got, over any number of connections. */
  private static final class Seen {
    private final List<String> places = new ArrayList<>();
    private String lastId;

    void read(SseReader changes, int number) {
      for (int i = 0; i < number; i++) {
        SseReader.Event event = changes.next();
        assertThat(event.name()).isEqualTo("change");
        places.add(place(event.data()));
        lastId = event.id();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2})
  void aReaderThatComesBackMissesNothingAndSeesNothingTwice(long seed) throws Exception {
    start();
    Random random = new Random(seed);
    int commits = 3_000;
    ExecutorService threads = Executors.newSingleThreadExecutor();
    try {
      AtomicBoolean enough = new AtomicBoolean();
      AtomicBoolean isRead = new AtomicBoolean();
      Random written = new Random(-seed);
      Future<?> writing =
          threads.submit(
              () -> {
                for (int i = 0; i < commits || !isRead.get(); i++) {
                  write(i, written);
                  enough.compareAndSet(false, i + 1 >= commits);
                }
              });
      Seen seen = new Seen();
      int connections = 0;
      while (!enough.get() && !writing.isDone()) { // more comes as long as it reads here
        try (SseReader changes = fixture.changes("?from=0", seen.lastId)) {
          seen.read(changes, 1 + random.nextInt(200));
        }
        connections++;
      }
      isRead.set(true);
      writing.get();
      List<String> all =
          fixture.writer.changesAfter(0, Integer.MAX_VALUE).stream()
              .map(change -> change.sequence() + " " + change.id())
              .toList();
      while (seen.places.size() < all.size()) {
        try (SseReader changes = fixture.changes("?from=0", seen.lastId)) {
          seen.read(changes, Math.min(all.size() - seen.places.size(), 1 + random.nextInt(200)));
        }
        connections++;
      }
      assertThat(all).hasSizeGreaterThan(commits);
      assertThat(connections).isGreaterThan(10);
      assertThat(seen.places).isEqualTo(all);
    } finally {
      threads.shutdownNow();
    }
  }

  /** A commit of one to five changes. */
  private void write(int number, Random random) {
    int size = 1 + random.nextInt(5);
    try (WriteBatch batch = fixture.writer.newBatch()) {
      for (int k = 0; k < size; k++) {
        batch.put(Task.builder("T-" + (random.nextInt(50) * 5 + k), "title " + number).build());
      }
      batch.commit();
    }
  }

  @Test
  void aReaderThatSawNothingBeginsAgainWhereItStood() {
    startLively(Duration.ofSeconds(25));
    fixture.writer.insert(Task.builder("A", "a").build());
    String none = ServeFixture.encoded("tag = nobody");
    String mark;
    try (SseReader changes = fixture.changes("?filter=" + none, null)) {
      changes.awaitHeartbeats(1);
      fixture.writer.insert(Task.builder("B", "b").build());
      ServeFixture.until(
          () -> {
            changes.awaitHeartbeats(changes.heartbeats() + 1);
            return changes.lastId().equals("2.end");
          });
      mark = changes.lastId();
    }
    fixture.writer.insert(Task.builder("C", "c").build());
    try (SseReader changes = fixture.changes("", mark)) {
      assertThat(place(changes.next().data())).isEqualTo("3 C");
    }
  }

  @Test
  void aReaderThatCameBeforeTheFirstChangeMissesNone() {
    start();
    fixture.writer.insert(Task.builder("A", "a").build());
    String id;
    try (SseReader changes = fixture.changes("", null)) {
      fixture.writer.insert(Task.builder("B", "b").build());
      assertThat(place(changes.next().data())).isEqualTo("2 B");
      id = changes.lastId();
    }
    assertThat(id).isEqualTo("2");
    fixture.writer.insert(Task.builder("C", "c").build());
    try (SseReader changes = fixture.changes("", id)) {
      assertThat(place(changes.next().data())).isEqualTo("3 C");
    }
  }

  @Test
  void whatTheLogNoLongerHasIsToldAndTheStreamEnds() {
    fixture =
        new ServeFixture(
            directory, settings -> settings, options -> options.changeLogCommits(1_000));
    for (int i = 0; i < 4_000; i++) {
      fixture.writer.put(Task.builder("T-" + i % 10, "title " + i).build());
    }
    for (String id : new String[] {null, "5", "5.2", "5.end"}) {
      try (SseReader changes = fixture.changes("?from=0", id)) {
        SseReader.Event gone = changes.next();
        assertThat(gone.name()).isEqualTo("gone");
        assertThat(gone.data())
            .contains("\"error\":{\"what\":\"the change log no longer has this sequence")
            .contains("\"next\":\"read the tasks anew, then begin a stream with from=4000\"")
            .contains("\"sequence\":4000")
            .containsPattern("\"oldest_retained\":[1-9]\\d{3}");
        assertThat(changes.next()).isNull();
      }
    }
    assertThat(fixture.server.streams()).isZero();
  }

  @Test
  void aSequenceThatTheStoreHasNotComeToIsTold() {
    start();
    try (SseReader changes = fixture.changes("", "77")) {
      SseReader.Event gone = changes.next();
      assertThat(gone.name()).isEqualTo("gone");
      assertThat(gone.data()).contains("the store has not come to this sequence");
    }
  }

  @ParameterizedTest
  @CsvSource({"120, 5242880", "1, 300000"}) // the second is large only as JSON
  void ofALargeTaskIdAndVersionAreSent(int character, int characters) {
    start();
    try (SseReader changes = fixture.changes("", null)) {
      fixture.writer.insert(
          Task.builder("LARGE", "large")
              .notes(Character.toString(character).repeat(characters))
              .build());
      fixture.writer.update("LARGE", task -> task.toBuilder().notes("small").build());
      SseReader.Event created = changes.next();
      assertThat(created.data())
          .hasSizeLessThan(300)
          .contains("\"id\":\"LARGE\",\"version\":1,\"partial\":true");
      SseReader.Event updated = changes.next();
      assertThat(updated.data()).hasSizeLessThan(1_000).contains("\"version\":2");
    }
  }

  @Test
  void aReaderThatTakesNothingIsDroppedAndOthersAreNot() throws Exception {
    startLively(Duration.ofSeconds(20));
    ExecutorService threads = Executors.newSingleThreadExecutor();
    int writes = 300;
    try (Socket stuck = new Socket();
        SseReader good = fixture.changes("", null)) {
      stuck.setReceiveBufferSize(4_096);
      stuck.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), fixture.server.port()));
      String request =
          "GET /api/changes?from=0 HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
              + ServeFixture.TOKEN
              + "\r\n\r\n";
      stuck.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      ServeFixture.until(() -> fixture.server.streams() == 2);
      Future<?> reading =
          threads.submit(
              () -> {
                for (int i = 0; i < writes; i++) {
                  assertThat(place(good.next().data())).isEqualTo((i + 1) + " T-" + i);
                }
              });
      String notes = "n".repeat(100_000);
      for (int i = 0; i < writes; i++) {
        fixture.writer.insert(Task.builder("T-" + i, "t").notes(notes).build());
      }
      reading.get();
      ServeFixture.until(() -> fixture.server.streams() == 1);
      PrometheusText metrics = PrometheusText.parse(fixture.get("/metrics").body());
      assertThat(metrics.value("quarry_stream_subscribers")).isEqualTo(1);
      assertThat(metrics.value("quarry_stream_stopped_total")).isEqualTo(1);
      assertThat(metrics.value("quarry_stream_changes_total")).isGreaterThanOrEqualTo(writes);
      // longer than the time-out without a change: heartbeats keep it
      int beats = good.heartbeats();
      good.awaitHeartbeats(beats + 220);
      assertThat(fixture.server.streams()).isEqualTo(1);
    } finally {
      threads.shutdownNow();
    }
    ServeFixture.until(() -> fixture.server.streams() == 0);
  }

  /** A counter that falls looks to Prometheus like a new process. */
  @Test
  void whatIsCountedNeverFalls() throws Exception {
    startLively(Duration.ofSeconds(20));
    fixture.writer.insert(Task.builder("T", "t").build());
    AtomicBoolean done = new AtomicBoolean();
    ExecutorService threads = Executors.newSingleThreadExecutor();
    try {
      Future<?> scraping =
          threads.submit(
              () -> {
                double before = 0;
                while (!done.get()) {
                  PrometheusText metrics = PrometheusText.parse(fixture.get("/metrics").body());
                  double now = metrics.value("quarry_stream_changes_total");
                  assertThat(now).isGreaterThanOrEqualTo(before);
                  before = now;
                }
              });
      for (int i = 0; i < 15; i++) {
        try (SseReader changes = fixture.changes("?from=0", null)) {
          assertThat(place(changes.next().data())).isEqualTo("1 T");
        }
        ServeFixture.until(() -> fixture.server.streams() == 0);
      }
      done.set(true);
      scraping.get();
      PrometheusText metrics = PrometheusText.parse(fixture.get("/metrics").body());
      assertThat(metrics.value("quarry_stream_changes_total")).isEqualTo(15);
    } finally {
      done.set(true);
      threads.shutdownNow();
    }
  }

  @Test
  void streamsAreLimitedInNumber() {
    fixture = new ServeFixture(directory, settings -> settings.withLimits(2, 100_000, 100_000));
    try (SseReader first = fixture.changes("", null);
        SseReader second = fixture.changes("", null);
        SseReader third = fixture.changes("", null)) {
      assertThat(first.status()).isEqualTo(200);
      assertThat(second.status()).isEqualTo(200);
      assertThat(third.status()).isEqualTo(429);
      assertThat(third.response().headers().firstValue("Retry-After")).contains("10");
      assertThat(fixture.get("/api/count").statusCode()).isEqualTo(200);
    }
  }

  @Test
  void aRateHoldsBackWithoutLoss() {
    start();
    for (int i = 0; i < 25; i++) {
      fixture.writer.insert(Task.builder("T-" + i, "t").build());
    }
    long begin = System.nanoTime();
    try (SseReader changes = fixture.changes("?from=0&rate=10", null)) {
      for (int i = 0; i < 25; i++) {
        assertThat(place(changes.next().data())).isEqualTo((i + 1) + " T-" + i);
      }
    }
    // ten at once, then ten a second
    assertThat(System.nanoTime() - begin).isGreaterThan(Duration.ofMillis(1_400).toNanos());
  }

  @Test
  void conflatedChangesAreTheLastOfEachTask() {
    startLively(Duration.ofSeconds(25));
    for (int i = 0; i < 500; i++) {
      fixture.writer.put(Task.builder("T-" + i % 5, "title " + i).build());
    }
    List<String> last = List.of("title 495", "title 496", "title 497", "title 498", "title 499");
    double sent;
    try (SseReader changes = fixture.changes("?from=0&policy=conflate", null)) {
      Map<String, String> titles = new TreeMap<>();
      int events = 0;
      while (!List.copyOf(titles.values()).equals(last)) {
        SseReader.Event event = changes.next();
        assertThat(event.id()).endsWith(".end");
        String data = event.data();
        titles.put(
            place(data).split(" ", 2)[1], data.replaceFirst(".*\"title\":\"([^\"]+)\".*", "$1"));
        events++;
      }
      ServeFixture.until(
          () -> {
            changes.awaitHeartbeats(changes.heartbeats() + 1);
            return changes.lastId().equals("500.end");
          });
      sent = events;
    }
    PrometheusText metrics = PrometheusText.parse(fixture.get("/metrics").body());
    assertThat(metrics.value("quarry_stream_skipped_total")).isPositive().isEqualTo(500 - sent);
  }

  @Test
  void aClosedServerEndsItsStreamsAtOnce() {
    start();
    try (SseReader changes = fixture.changes("", null)) {
      ServeFixture.until(() -> fixture.server.streams() == 1);
      long begin = System.nanoTime();
      fixture.server.close();
      assertThat(System.nanoTime() - begin).isLessThan(Duration.ofSeconds(60).toNanos());
      ServeFixture.until(() -> fixture.server.streams() == 0);
      assertThat(changes.response().statusCode()).isEqualTo(200);
    }
  }
}
