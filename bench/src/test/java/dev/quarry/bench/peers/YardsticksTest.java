package dev.quarry.bench.peers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quarry.Status;
import dev.quarry.Task;
import dev.quarry.bench.TaskWorkload;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class YardsticksTest extends PeerContract {
  static List<String> names() {
    return named("quarry", "quarry-uncached", "raw", "expert");
  }

  @Test
  void flatBytesKeepEveryField() {
    TaskWorkload workload = new TaskWorkload(7);
    for (int i = 0; i < 500; i++) {
      Task task = workload.task(i);
      byte[] bytes = FlatCodec.encode(task);
      assertThat(FlatCodec.decode(bytes)).as("task %d of seed 7", i).isEqualTo(task);
      for (Status status : Status.values()) {
        Instant now = Instant.parse("2030-01-01T00:00:00.000001Z");
        Task changed = Peers.withStatus(task, status, now);
        assertThat(FlatCodec.decode(status == task.status() ? bytes : patched(bytes, status, now)))
            .as("task %d of seed 7, %s", i, status)
            .isEqualTo(changed);
      }
    }
    Task bare = Task.builder("\u00e9\ud83d\ude00", "t").build();
    assertThat(FlatCodec.decode(FlatCodec.encode(bare))).isEqualTo(bare);
  }

  private static byte[] patched(byte[] bytes, Status status, Instant now) {
    return FlatCodec.withStatus(bytes, status, now);
  }

  @Test
  void anUnknownNameIsAnsweredWithThoseThatThereAre() {
    assertThatThrownBy(() -> Peers.named("oracle"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("oracle")
        .hasMessageContaining("expert")
        .hasMessageContaining("raw");
  }
}
