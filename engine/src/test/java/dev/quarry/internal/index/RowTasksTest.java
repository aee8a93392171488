package dev.quarry.internal.index;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.Priority;
import dev.quarry.Status;
import dev.quarry.Task;
import dev.quarry.index.PostingIndex;
import dev.quarry.index.PostingIndexes;
import dev.quarry.internal.codec.Codes;
import dev.quarry.query.TaskFields;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Tasks out of rows whose terms are another index's by now. */
class RowTasksTest {
  private static final int OF_AN_ATTRIBUTE = 64;

  private final PostingIndex index =
      PostingIndexes.heap(Terms.COLUMN_WIDTHS.stream().mapToInt(Integer::intValue).toArray());
  private final RowTasks maker =
      RowTasks.of(index, List.of(TaskFields.AGENT, TaskFields.ASSIGNEE, TaskFields.PROJECT));

  private Task withTerm(int column, String value) {
    long[] row = new long[Terms.COLUMN_WIDTHS.size()];
    Arrays.fill(row, Terms.ABSENT);
    row[Terms.COLUMN_STATUS] = Codes.of(Status.DONE);
    row[Terms.COLUMN_PRIORITY] = Codes.of(Priority.LOW);
    row[Terms.COLUMN_ID] = IdKeys.of("T-1");
    row[Terms.COLUMN_PROJECT] = index.internTerm(Terms.PROJECT, Terms.termBytes(null));
    row[Terms.COLUMN_AGENT] = row[Terms.COLUMN_PROJECT];
    row[Terms.COLUMN_ASSIGNEE] = row[Terms.COLUMN_PROJECT];
    row[column] = index.internTerm(OF_AN_ATTRIBUTE, Terms.termBytes(value));
    return maker.task(row);
  }

  @Test
  void aTextThatIsNoNameTellsNothing() {
    int longest = Task.MAX_NAME_CHARS;
    for (int column : List.of(Terms.COLUMN_PROJECT, Terms.COLUMN_AGENT, Terms.COLUMN_ASSIGNEE)) {
      assertThat(withTerm(column, "")).isNull();
      assertThat(withTerm(column, "x".repeat(longest + 1))).isNull();
      assertThat(withTerm(column, "x".repeat(5_000))).isNull();
      assertThat(withTerm(column, "x".repeat(longest))).isNotNull();
    }
    Task task = withTerm(Terms.COLUMN_AGENT, "ann");
    assertThat(task.id()).isEqualTo("T-1");
    assertThat(task.status()).isEqualTo(Status.DONE);
    assertThat(task.agent()).isEqualTo("ann");
    assertThat(task.project()).isNull();
  }
}
