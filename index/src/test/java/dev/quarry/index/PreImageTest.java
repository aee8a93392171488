package dev.quarry.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.agrona.BufferUtil;
import org.agrona.UnsafeApi;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A pre-image has a stamp only while what stands in it belongs to that stamp. */
final class PreImageTest {
  private static final int BYTES = 16;
  private static final int MEETINGS = 20_000;
  private static final int LONGEST_MILLIS = 500;
  private static final int LONGEST_WITHOUT_SECONDS = 60;

  private final ByteBuffer memory = ByteBuffer.allocateDirect(BYTES).order(ByteOrder.nativeOrder());
  private PreImage preImage;

  @BeforeEach
  void prepare() {
    PostingIndexes.prepareJvm();
    preImage = new PreImage(BYTES);
  }

  private long content(long first, long second) {
    memory.putLong(0, first).putLong(8, second);
    return BufferUtil.address(memory);
  }

  @Test
  void holds_what_was_kept_whole() {
    preImage.keep(3, 0x1_0000_0002L, 7, content(11, 12), BYTES);
    assertThat(preImage.stamp()).isEqualTo(3);
    assertThat(preImage.key()).isEqualTo(0x1_0000_0002L);
    assertThat(preImage.meta()).isEqualTo(7);
    assertThat(preImage.word()).isEqualTo(PreImage.WHOLE);
    assertThat(preImage.bytes()).as("with the 24 in front").isEqualTo(24 + BYTES);
    assertThat(UnsafeApi.getLong(preImage.payload())).isEqualTo(11);
    assertThat(UnsafeApi.getLong(preImage.payload() + 8)).isEqualTo(12);
  }

  @Test
  void holds_a_word() {
    preImage.keepWord(5, 0x1_0000_0002L, 7, 9, -13);
    assertThat(preImage.stamp()).isEqualTo(5);
    assertThat(preImage.key()).isEqualTo(0x1_0000_0002L);
    assertThat(preImage.meta()).isEqualTo(7);
    assertThat(preImage.word()).isEqualTo(9);
    assertThat(preImage.wordValue()).isEqualTo(-13);
  }

  /** A number of bytes that cannot be copied stops the writer where a reader may look in. */
  @Test
  void has_no_stamp_while_a_payload_is_copied() {
    preImage.keep(3, 1, 7, content(11, 12), BYTES);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> preImage.keep(5, 1, 7, content(13, 14), -1));
    assertThat(preImage.stamp()).isZero();
  }

  /**
   * Nothing can stop the writer of a word, so this one runs beside a reader until the two have met
   * often enough. A stamp that stays while the word changes shows within about a tenth of a second.
   */
  @Test
  void has_no_stamp_while_a_word_is_written() throws Exception {
    CountDownLatch started = new CountDownLatch(1);
    AtomicBoolean done = new AtomicBoolean();
    Thread writer =
        new Thread(
            () -> {
              for (long i = 1; !done.get(); i++) {
                preImage.keepWord(2 * i + 1, i, 0, 0, i);
                started.countDown();
              }
            });
    writer.setDaemon(true);
    writer.start();
    try {
      started.await(); // on a busy machine the writer may begin late
      long begin = System.nanoTime();
      long end = begin + TimeUnit.MILLISECONDS.toNanos(LONGEST_MILLIS);
      long never = begin + TimeUnit.SECONDS.toNanos(LONGEST_WITHOUT_SECONDS);
      long last = 0;
      int meetings = 0;
      while (meetings < MEETINGS && System.nanoTime() - (meetings == 0 ? never : end) < 0) {
        long stamp = preImage.stamp();
        long value = preImage.wordValue();
        UnsafeApi.loadFence();
        if (stamp != 0 && preImage.stamp() == stamp) {
          assertThat(value).isEqualTo(stamp >> 1);
          meetings += stamp == last ? 0 : 1;
          last = stamp;
        }
      }
      assertThat(meetings).as("the two ran beside each other").isPositive();
    } finally {
      done.set(true);
      writer.join();
    }
  }
}
