package dev.quarry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quarry.work.Claim;
import dev.quarry.work.Claims;
import dev.quarry.work.RetryPolicy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The attribute in which the reason of a failure stands. */
class FailureAttributeTest {
  private static final RetryPolicy AGAIN = RetryPolicy.of(9, Duration.ZERO);

  @TempDir Path directory;

  private TaskStore store;
  private Claims claims;

  @BeforeEach
  void open() {
    store = TaskStore.open(directory.resolve("s"));
    claims = store.claims();
  }

  @AfterEach
  void close() {
    store.close();
  }

  private Claim take() {
    return claims.next("w", Duration.ofHours(1)).orElseThrow();
  }

  private String failure() {
    return store.get("A").orElseThrow().attributes().get("failure");
  }

  @Test
  void thatOfAnEarlierAttemptGoesWithTheNextOne() {
    store.insert(Task.builder("A", "t").build());
    claims.fail(take(), "first", AGAIN);
    assertThat(failure()).isEqualTo("first");
    claims.fail(take(), null, AGAIN);
    assertThat(failure()).isNull();
    claims.fail(take(), "third", AGAIN);
    claims.complete(take());
    assertThat(failure()).isNull();
  }

  @Test
  void theChangeSeesItAndMaySetAnother() {
    store.insert(Task.builder("A", "t").build());
    claims.fail(take(), "first", AGAIN);
    claims.complete(
        take(),
        t ->
            t.toBuilder()
                .attribute("failure", "in part, " + t.attributes().get("failure"))
                .build());
    assertThat(failure()).isEqualTo("in part, first");
    assertThat(store.statusOf("A")).contains(Status.DONE);
  }

  @Test
  void aChangeToNothingIsRefusedWithAMessage() {
    store.insert(Task.builder("A", "t").build());
    Claim claim = take();
    assertThatThrownBy(() -> claims.complete(claim, t -> null))
        .isInstanceOf(NullPointerException.class)
        .hasMessageContaining("the changed task");
    assertThat(claims.complete(claim).status()).isEqualTo(Status.DONE);
  }

  @Test
  void aTaskOfAsManyAttributesAsThereMayBeFailsWithoutAReason() {
    Map<String, String> attributes = new LinkedHashMap<>();
    for (int i = 0; i < Task.MAX_LIST; i++) {
      attributes.put("a" + i, "v");
    }
    store.insert(Task.builder("A", "t").attributes(attributes).build());
    Claim claim = take();
    assertThatThrownBy(() -> claims.fail(claim, "no", AGAIN))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("attributes");
    assertThat(claims.fail(claim, null, AGAIN).status()).isEqualTo(Status.TODO);
  }
}
