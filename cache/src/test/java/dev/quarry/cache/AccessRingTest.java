package dev.quarry.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class AccessRingTest {
  @Test
  void hands_keys_over_in_order_and_refuses_while_full() {
    AccessRing ring = new AccessRing(4);
    assertThat(ring.poll()).isEqualTo(AccessRing.NONE);
    for (int round = 0; round < 3; round++) {
      assertThat(ring.isEmpty()).isTrue();
      for (long key = 0; key < 4; key++) {
        assertThat(ring.offer(key - 1)).isTrue();
      }
      assertThat(ring.offer(9)).isFalse();
      assertThat(ring.isEmpty()).isFalse();
      for (long key = 0; key < 4; key++) {
        assertThat(ring.poll()).isEqualTo(key - 1);
      }
      assertThat(ring.poll()).isEqualTo(AccessRing.NONE);
    }
  }

  @Test
  void the_key_that_stands_for_none_does_not_stop_the_ring() {
    AccessRing ring = new AccessRing(2);
    assertThat(ring.offer(AccessRing.NONE)).isTrue();
    assertThat(ring.offer(7)).isTrue();
    assertThat(ring.poll()).isEqualTo(AccessRing.NONE + 1);
    assertThat(ring.poll()).isEqualTo(7);
  }

  @Test
  void what_many_threads_offer_comes_once_each() throws InterruptedException {
    AccessRing ring = new AccessRing(8);
    int threads = 4;
    long each = 50_000;
    AtomicLong accepted = new AtomicLong();
    AtomicLong sum = new AtomicLong();
    Thread[] producers = new Thread[threads];
    for (int t = 0; t < threads; t++) {
      long first = t * each;
      producers[t] =
          new Thread(
              () -> {
                for (long key = first; key < first + each; key++) {
                  if (ring.offer(key)) {
                    accepted.incrementAndGet();
                    sum.addAndGet(key);
                  }
                }
              });
      producers[t].start();
    }
    long polled = 0;
    long polledSum = 0;
    boolean running = true;
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (running || !ring.isEmpty()) {
      assertThat(System.nanoTime() - end).as("a ring that is never empty").isNegative();
      running = false;
      for (Thread producer : producers) {
        running |= producer.isAlive();
      }
      for (long key = ring.poll(); key != AccessRing.NONE; key = ring.poll()) {
        polled++;
        polledSum += key;
      }
    }
    for (Thread producer : producers) {
      producer.join();
    }
    assertThat(polled).isEqualTo(accepted.get()).isPositive();
    assertThat(polledSum).isEqualTo(sum.get());
  }
}
