package dev.quarry.internal.write;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class KeptBodiesTest {
  private static final byte[] RECORD = new byte[100];

  @Test
  void textsAreThoseOfARunOfVersions() {
    KeptBodies bodies = new KeptBodies();
    bodies.keep(7, 10, new KeptBodies.Body(20, 20, RECORD));
    assertThat(bodies.of(7, 9)).isNull();
    assertThat(bodies.of(7, 10).record()).isSameAs(RECORD);
    assertThat(bodies.of(7, 20).record()).isSameAs(RECORD);
    assertThat(bodies.of(7, 21)).isNull();
    assertThat(bodies.of(8, 15)).isNull();
    bodies.keep(7, 5, bodies.of(7, 10));
    assertThat(bodies.of(7, 5).record()).isSameAs(RECORD);
    assertThat(bodies.of(7, 20).record()).isSameAs(RECORD);
    byte[] other = new byte[50];
    bodies.keep(7, 30, new KeptBodies.Body(30, Long.MAX_VALUE, other));
    assertThat(bodies.of(7, 25)).isNull();
    assertThat(bodies.of(7, 40).record()).isSameAs(other);
    assertThat(bodies.of(7, 15).record()).as("another run of the task").isSameAs(RECORD);
    assertThat(bodies.of(6, 40)).isNull();
  }

  @Test
  void someMegabytesAreKeptOrOneRecord() {
    KeptBodies bodies = new KeptBodies();
    int most = 0;
    for (int ordinal = 0; ordinal < 100; ordinal++) {
      bodies.keep(ordinal, 1, new KeptBodies.Body(1, 1, new byte[1 << 20]));
      assertThat(bodies.of(ordinal, 1)).isNotNull();
      most = Math.max(most, bodies.runs());
    }
    assertThat(most).isBetween(6, 8);
    bodies.keep(1_000, 1, new KeptBodies.Body(1, 1, new byte[20 << 20]));
    assertThat(bodies.runs()).isEqualTo(1);
    assertThat(bodies.of(1_000, 1)).isNotNull();
    bodies.keep(1_001, 1, new KeptBodies.Body(1, 1, RECORD));
    assertThat(bodies.runs()).isEqualTo(1);
  }
}
