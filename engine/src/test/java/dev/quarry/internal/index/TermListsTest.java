package dev.quarry.internal.index;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.index.IndexBatch;
import dev.quarry.index.PostingIndex;
import dev.quarry.index.PostingIndexes;
import dev.quarry.query.Field;
import dev.quarry.query.TaskFields;
import org.junit.jupiter.api.Test;

/** The lists of terms are kept, those of the user's indexes too. */
class TermListsTest {
  private static final int FIRST_OF_USER = 64;
  private static final Field<?> TEAM = TaskFields.attribute("team");

  private final PostingIndex index = PostingIndexes.heap(new int[] {8});
  private final TermLists lists = new TermLists();

  private void add(int field, String... values) {
    IndexBatch batch = new IndexBatch();
    for (String value : values) {
      batch.add(field, Terms.termBytes(value), 1);
    }
    index.apply(batch, index.watermark() + 1);
  }

  private Iterable<Object> values(int field) {
    ValueCounts counts = lists.of(index, 1, field, TEAM).counts(index, TermList.order(TEAM));
    return counts.keySet();
  }

  @Test
  void theListOfAUsersIndexIsKept() {
    add(FIRST_OF_USER, "red", "blue");
    TermList list = lists.of(index, 1, FIRST_OF_USER, TEAM);
    assertThat(lists.of(index, 1, FIRST_OF_USER, TEAM)).isSameAs(list);
    assertThat(lists.of(index, 2, FIRST_OF_USER, TEAM)).as("after a rebuild").isNotSameAs(list);
    add(FIRST_OF_USER, "green");
    assertThat(values(FIRST_OF_USER)).containsExactly("blue", "green", "red");
  }

  @Test
  void fieldsThatShareASlotHaveEachTheirOwn() {
    int first = FIRST_OF_USER + 1;
    int second = first + FIRST_OF_USER;
    add(1, "one");
    add(first, "red");
    for (int i = 0; i < 3; i++) {
      assertThat(values(1)).containsExactly("one");
      assertThat(values(first)).containsExactly("red");
      assertThat(values(second)).isEmpty();
      assertThat(values(second + FIRST_OF_USER)).isEmpty();
    }
  }
}
