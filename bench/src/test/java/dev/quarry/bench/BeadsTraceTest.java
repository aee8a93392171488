package dev.quarry.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.quarry.Priority;
import dev.quarry.Status;
import dev.quarry.Task;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BeadsTraceTest {
  private static final String SAMPLE =
      """
      {"t":100,"op":"create","id":"x-1","set":{"id":"x-1","title":"One","status":"open","priority":0,\
      "labels":["a","b"],"dependencies":[{"issue_id":"x-1","depends_on_id":"x-0","type":"blocks"}],\
      "issue_type":"bug","pinned":true,"created_at":"2025-10-12T00:43:03.453438-07:00",\
      "updated_at":"2025-10-12T00:43:03.453438-07:00"}}
      {"t":100,"op":"create","id":"x-2","set":{"title":"Two","status":"open"}}
      {"t":200,"op":"status","id":"x-1","set":{"status":"closed","labels":null,\
      "closed_at":"2025-10-12T14:15:04.00695Z"}}
      {"t":200,"op":"touch","id":"x-2","set":{"updated_at":"2025-10-12T14:15:04Z"}}
      {"t":300,"op":"edit","id":"x-2","set":{"title":"Two!","extra":{"deep":[1]},"issue_type":null}}
      """;

  @TempDir Path directory;

  @Test
  void eventsComeInBurstsAndBecomeTasks() throws IOException {
    Path file = Files.writeString(directory.resolve("trace.jsonl"), SAMPLE);
    try (BeadsTrace trace = new BeadsTrace(file)) {
      List<TraceEvent> first = trace.nextBurst();
      assertThat(first).extracting(TraceEvent::id).containsExactly("x-1", "x-2");
      Task one = first.get(0).created();
      assertThat(one.priority()).isEqualTo(Priority.CRITICAL);
      assertThat(one.tags()).containsExactly("a", "b");
      assertThat(one.dependencies()).containsExactly("x-0");
      assertThat(one.createdAt()).isEqualTo(Instant.parse("2025-10-12T07:43:03.453438Z"));
      assertThat(one.attributes())
          .containsEntry("issue_type", "bug")
          .containsEntry("pinned", "true");

      List<TraceEvent> second = trace.nextBurst();
      Task closed = second.get(0).applyTo(one);
      assertThat(closed.status()).isEqualTo(Status.DONE);
      assertThat(closed.completedAt()).isEqualTo(Instant.parse("2025-10-12T14:15:04.00695Z"));
      assertThat(closed.tags()).isEmpty();
      assertThat(closed.title()).isEqualTo("One");
      assertThat(second.get(1).kind()).isEqualTo(TraceEvent.Kind.TOUCH);

      List<TraceEvent> third = trace.nextBurst();
      assertThat(third).hasSize(1);
      assertThat(third.get(0).applyTo(first.get(1).created()).title()).isEqualTo("Two!");
      assertThat(trace.nextBurst()).isEmpty();
      assertThat(trace.next()).isNull();
    }
  }

  @Test
  @DisplayName("the real trace beads-trace.jsonl.gz, where -Dquarry.data names its folder")
  void theRealTraceHasItsKnownCounts() {
    Path file = Path.of(System.getProperty("quarry.data", "absent"), "beads-trace.jsonl.gz");
    assumeTrue(Files.exists(file), () -> file + " is absent");
    Map<TraceEvent.Kind, Integer> kinds = new EnumMap<>(TraceEvent.Kind.class);
    Map<String, Task> tasks = new HashMap<>();
    int largest = 0;
    try (BeadsTrace trace = new BeadsTrace(file)) {
      List<TraceEvent> burst = trace.nextBurst();
      while (!burst.isEmpty()) {
        largest = Math.max(largest, burst.size());
        for (TraceEvent event : burst) {
          kinds.merge(event.kind(), 1, Integer::sum);
          if (event.kind() == TraceEvent.Kind.CREATE) {
            assertThat(tasks.put(event.id(), event.created())).isNull();
          } else {
            tasks.computeIfPresent(event.id(), (id, task) -> event.applyTo(task));
          }
        }
        burst = trace.nextBurst();
      }
    }
    assertThat(kinds)
        .containsEntry(TraceEvent.Kind.CREATE, 18_391)
        .containsEntry(TraceEvent.Kind.STATUS, 15_594)
        .containsEntry(TraceEvent.Kind.EDIT, 22_287)
        .containsEntry(TraceEvent.Kind.TOUCH, 7_325);
    assertThat(tasks).hasSize(18_391);
    assertThat(largest).isEqualTo(9_609);
  }
}
