package dev.quarry.internal.change;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.Task;
import dev.quarry.change.Change;
import dev.quarry.internal.write.Commit;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ConflationTest {
  private final FeedHarness harness = new FeedHarness();

  @AfterEach
  void close() {
    harness.close();
  }

  @Test
  void conflatedChangesAreOneFromTheFirstStateToTheLast() {
    Task a1 = Task.builder("A", "1").build();
    Task a2 = Task.builder("A", "2").build();
    Task b1 = Task.builder("B", "1").build();
    Conflation conflation = new Conflation();
    int replaced = 0;
    replaced += conflation.add(events(harness.create(a1)), 1);
    replaced += conflation.add(events(harness.create(b1)), 2);
    replaced += conflation.add(events(harness.change(a1, a2)), 3);
    replaced += conflation.add(events(harness.change(b1, null)), 4); // came and went unseen
    assertThat(replaced).isEqualTo(3);
    Item item = conflation.toItem(true, false);
    assertThat(item.through).isEqualTo(4);
    assertThat(item.changes).hasSize(1);
    Change change = item.changes.get(0);
    assertThat(change.sequence()).isEqualTo(3);
    assertThat(change.action()).isEqualTo(Change.Kind.CREATED);
    assertThat(change.before()).isNull();
    assertThat(change.after()).isEqualTo(a2);
  }

  private static List<Change> events(Commit commit) {
    return commit.changes().stream().map(c -> Events.of(commit, c, Long.MAX_VALUE)).toList();
  }
}
