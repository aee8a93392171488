package dev.quarry;

import static java.util.Comparator.naturalOrder;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quarry.query.Query;
import dev.quarry.query.QuerySyntaxException;
import dev.quarry.query.TaskFields;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.TimeZone;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Clocks that jump, leap days, zones and microseconds: order, versions and answers stay right. */
class TimeTest {
  private static final Instant START = Instant.parse("2024-02-28T23:59:59.999999Z");

  @TempDir Path directory;

  private final AtomicReference<Instant> now = new AtomicReference<>(START);

  private TaskStore open() {
    return TaskStore.open(
        TaskStoreOptions.builder(directory.resolve("store")).clock(now::get).build());
  }

  @Test
  void aClockThatJumpsChangesNoOrderOfCommits() {
    long seed = Campaign.seed(95);
    Random random = new Random(seed);
    List<Task> model = new ArrayList<>();
    long sequence = 0;
    for (int open = 0; open < 3; open++) {
      try (TaskStore store = open()) {
        assertThat(store.sequence()).as("seed %s", seed).isEqualTo(sequence);
        for (int i = 0; i < 150; i++) {
          long hours = random.nextInt(20_000) - 10_000L; // back and forth by more than a year
          now.set(now.get().plus(hours, ChronoUnit.HOURS).plusNanos(random.nextInt(1_000_000)));
          String id = "T-" + open + "-" + i;
          Task stored = store.insert(Task.builder(id, "t").build());
          assertThat(stored.version()).as("seed %s", seed).isEqualTo(++sequence);
          assertThat(stored.createdAt()).isEqualTo(now.get().truncatedTo(ChronoUnit.MICROS));
          now.set(now.get().minus(Duration.ofDays(1)));
          Task done = store.update(id, t -> t.withStatus(Status.DONE));
          assertThat(done.version()).as("seed %s", seed).isEqualTo(++sequence);
          assertThat(done.updatedAt()).isEqualTo(now.get().truncatedTo(ChronoUnit.MICROS));
          assertThat(done.completedAt()).isEqualTo(done.updatedAt());
          model.add(done);
        }
        Query byOrdinal = Query.all();
        assertThat(store.page(byOrdinal, PageRequest.first(1_000)).items()).isEqualTo(model);
        List<Task> sorted = new ArrayList<>(model);
        sorted.sort(Comparator.comparing(Task::createdAt)); // stable: ties by ordinal
        Query byTime = Query.all().orderBy(TaskFields.CREATED_AT.ascending());
        assertThat(store.page(byTime, PageRequest.first(1_000)).items())
            .as("seed %s", seed)
            .isEqualTo(sorted);
        assertThat(store.verify().problems()).isEmpty();
      }
    }
  }

  @Test
  void oneMicrosecondDecides() {
    Instant leap = Instant.parse("2024-02-29T00:00:00Z");
    try (TaskStore store = open()) {
      for (int i = -2; i <= 2; i++) {
        Instant due = leap.plus(i, ChronoUnit.MICROS);
        store.insert(Task.builder("T" + (i + 2), "t").dueAt(due).build());
      }
      assertThat(ids(store, TaskFields.DUE_AT.before(leap))).containsExactly("T0", "T1");
      assertThat(ids(store, TaskFields.DUE_AT.before(leap.plusNanos(1))))
          .containsExactly("T0", "T1", "T2");
      assertThat(ids(store, TaskFields.DUE_AT.after(leap))).containsExactly("T3", "T4");
      assertThat(ids(store, TaskFields.DUE_AT.after(leap.minusNanos(1))))
          .containsExactly("T2", "T3", "T4");
      assertThat(ids(store, TaskFields.DUE_AT.is(leap))).containsExactly("T2");
    }
  }

  /** Where other programs run over: the epoch, 2038, the last day of four digits. */
  @Test
  void farTimesKeepTheirOrder() {
    List<Instant> times = new ArrayList<>();
    for (String at :
        List.of(
            "-0001-12-31T23:59:59.999999Z",
            "1582-10-15T00:00:00Z",
            "1970-01-01T00:00:00Z",
            "2000-02-29T12:00:00Z",
            "2038-01-19T03:14:08Z",
            "2106-02-07T06:28:16Z",
            "9999-12-31T23:59:59.999999Z",
            "+10000-01-01T00:00:00Z")) {
      times.add(Instant.parse(at).minus(1, ChronoUnit.MICROS));
      times.add(Instant.parse(at));
      times.add(Instant.parse(at).plus(1, ChronoUnit.MICROS));
    }
    times.sort(null);
    try (TaskStore store = open()) {
      for (int i = times.size() - 1; i >= 0; i--) {
        store.put(Task.builder("T-" + i, "t").dueAt(times.get(i)).build());
      }
    }
    try (TaskStore store = open()) {
      Query all = Query.all().orderBy(TaskFields.DUE_AT.ascending());
      assertThat(store.page(all, PageRequest.first(100)).items().stream().map(Task::dueAt))
          .containsExactlyElementsOf(times);
      for (Instant time : times) {
        long before = times.stream().filter(time::isAfter).count();
        assertThat(store.count(Query.where(TaskFields.DUE_AT.before(time)))).isEqualTo(before);
        assertThat(store.count(parse("due < '" + time + "'"))).as("%s", time).isEqualTo(before);
        assertThat(store.count(Query.where(TaskFields.DUE_AT.is(time))))
            .isEqualTo(times.stream().filter(time::equals).count());
      }
      assertThat(store.verify().problems()).isEmpty();
    }
  }

  /** The past by times: the last commit at or before, however the clock was set. */
  @Seeds({7, 8, 9, 10})
  void thePastByTimesWhereTheClockWasSet(long seed) {
    Random random = new Random(seed);
    List<Instant> committed = new ArrayList<>(); // by sequence, from 1 on
    try (TaskStore store = open()) {
      assertThatThrownBy(() -> store.sequenceAt(START))
          .isInstanceOf(SequenceNotRetainedException.class);
      for (int i = 0; i < 120; i++) {
        int step = random.nextInt(10);
        long seconds =
            step == 0 ? -random.nextInt(3_000) : step == 1 ? random.nextInt(3_000) : 1 + step;
        now.set(now.get().plusSeconds(seconds).plusNanos(random.nextInt(5) * 250L));
        store.insert(Task.builder("T-" + i, "t").build());
        committed.add(now.get().truncatedTo(ChronoUnit.MICROS));
      }
      List<Instant> asked = new ArrayList<>(committed);
      for (Instant time : committed) {
        asked.add(time.minusNanos(1));
        asked.add(time.plusNanos(1));
        asked.add(time.plusSeconds(random.nextInt(2_000) - 1_000));
      }
      for (Instant time : asked) {
        int last = committed.size();
        while (last > 0 && committed.get(last - 1).isAfter(time)) {
          last--;
        }
        if (last == 0) {
          assertThatThrownBy(() -> store.sequenceAt(time))
              .isInstanceOf(SequenceNotRetainedException.class)
              .hasMessageContaining("oldestTime=" + committed.stream().min(naturalOrder()).get());
        } else {
          assertThat(store.sequenceAt(time)).as("at %s", time).isEqualTo(last);
        }
      }
      Instant then = committed.get(60);
      try (Snapshot snapshot = store.asOf(then)) {
        assertThat(snapshot.sequence()).isEqualTo(store.sequenceAt(then));
      }
    }
  }

  private static List<String> ids(TaskStore store, dev.quarry.query.Condition condition) {
    Query query = Query.where(condition).orderBy(TaskFields.DUE_AT.ascending());
    return store.page(query, PageRequest.first(10)).items().stream().map(Task::id).toList();
  }

  private Query parse(String text) {
    return Query.parse(text, (InstantSource) now::get);
  }

  private void isRead(String text, String instant) {
    assertThat(parse("due < " + text))
        .isEqualTo(Query.where(TaskFields.DUE_AT.before(Instant.parse(instant))));
  }

  @ParameterizedTest
  @CsvSource({
    "UTC, en",
    "Pacific/Kiritimati, tr-TR",
    "America/St_Johns, ar-EG",
    "Asia/Kolkata, th-TH-u-nu-thai"
  })
  void zonesAndLanguagesOfTheMachineChangeNothing(String zone, String language) {
    TimeZone beforeZone = TimeZone.getDefault();
    Locale beforeLocale = Locale.getDefault();
    try {
      TimeZone.setDefault(TimeZone.getTimeZone(zone));
      Locale.setDefault(Locale.forLanguageTag(language));
      isRead("2024-02-29", "2024-02-29T00:00:00Z");
      isRead("today", "2024-02-28T00:00:00Z");
      isRead("today+1d", "2024-02-29T00:00:00Z");
      isRead("tomorrow", "2024-02-29T00:00:00Z");
      isRead("now-52w", "2023-03-01T23:59:59.999999Z");
      isRead("'2024-02-29T01:30:00+05:30'", "2024-02-28T20:00:00Z");
      isRead("'2024-03-31T02:30:00[Europe/Berlin]'", "2024-03-31T01:30:00Z"); // a gap
      isRead("'2024-10-27T02:30:00[Europe/Berlin]'", "2024-10-27T00:30:00Z"); // an overlap
      isRead("'2024-10-27T02:30:00+01:00[Europe/Berlin]'", "2024-10-27T01:30:00Z"); // its end
      isRead("'2024-10-06T02:15:00[Australia/Lord_Howe]'", "2024-10-05T15:45:00Z"); // half an hour
      isRead("'2024-04-07T01:45:00[Australia/Lord_Howe]'", "2024-04-06T14:45:00Z");
      for (String wrong : List.of("2023-02-29", "1900-02-29", "2024-02-30", "2024-13-01")) {
        assertThatThrownBy(() -> parse("due < " + wrong)).isInstanceOf(QuerySyntaxException.class);
      }
      isRead("2000-02-29", "2000-02-29T00:00:00Z");
      assertThat(parse("PRIORITY = critical and STATUS = In_Progress limit 5"))
          .isEqualTo(parse("priority = CRITICAL and status = IN_PROGRESS limit 5"));
      String text = parse("estimated > 1234.5 and due < 2024-02-29 limit 1000").toString();
      assertThat(text).matches("[ -~]*1234\\.5[ -~]*2024-02-29T00:00:00Z[ -~]*limit 1000");
      try (TaskStore store = open()) {
        Task stored =
            store.insert(Task.builder("ID-I\u0131\u0130i", "t").tag("I").agent("\u0130").build());
        assertThat(store.get("ID-I\u0131\u0130i")).contains(stored);
        assertThat(store.count(parse("tags contains I"))).isEqualTo(1);
        assertThat(store.count(parse("tags contains i"))).isZero();
        assertThat(stored.createdAt()).isEqualTo(START);
      }
    } finally {
      TimeZone.setDefault(beforeZone);
      Locale.setDefault(beforeLocale);
    }
  }
}
