package dev.quarry.internal.storage;

import java.math.BigInteger;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.rocksdb.AbstractRocksIterator;
import org.rocksdb.RocksDBException;

/**
 * Reads every key that an iterator can reach, on both sides of each damaged block. It walks forward
 * to the first damage and backward to the last; what lies between is halved by keys in the middle,
 * again and again, until the damage is hemmed in by readable neighbours or the budget of probes is
 * spent.
 */
final class TableScan {
  private static final int PROBES = 4_096;

  /** Keys are compared as if padded to so many bytes more than the longer bound. */
  private static final int EXTRA_BYTES = 1;

  private final AbstractRocksIterator<?> iterator;
  private final Supplier<byte[]> key;
  private final Supplier<byte[]> value;
  private final BiConsumer<byte[], byte[]> found;
  private final ArrayDeque<Gap> gaps = new ArrayDeque<>();
  private final TreeMap<byte[], Gap> unread = new TreeMap<>(TableScan::compareBounds);
  private String why = "";

  /**
   * Keys between two bounds that may exist and could not be reached.
   *
   * @param from a key, exclusive, or null for the begin
   * @param to a key, inclusive, or null for the end
   * @param why what the iterator said
   */
  @SuppressWarnings("ArrayRecordComponent") // keys are bytes here, and gaps are never compared
  record Gap(byte[] from, byte[] to, String why) {
    boolean contains(byte[] candidate) {
      return (from == null || Arrays.compareUnsigned(from, candidate) < 0)
          && (to == null || Arrays.compareUnsigned(candidate, to) <= 0);
    }
  }

  TableScan(
      AbstractRocksIterator<?> iterator,
      Supplier<byte[]> key,
      Supplier<byte[]> value,
      BiConsumer<byte[], byte[]> found) {
    this.iterator = iterator;
    this.key = key;
    this.value = value;
    this.found = found;
  }

  /** Reads all that can be read and returns what is left between, in order. */
  List<Gap> run() {
    iterator.seekToFirst();
    byte[] last = forward(null, null);
    if (!isDamaged()) {
      return List.of();
    }
    iterator.seekToLast();
    byte[] first = backward(last, null);
    if (!isDamaged()) {
      return List.of();
    }
    gaps.add(new Gap(last, first, why));
    for (int probes = PROBES; !gaps.isEmpty() && probes > 0; probes--) {
      probe(gaps.poll());
    }
    gaps.forEach(gap -> unread.put(bound(gap.from()), gap));
    return merged();
  }

  private static byte[] bound(byte[] from) {
    return from == null ? new byte[0] : from;
  }

  private static int compareBounds(byte[] a, byte[] b) {
    return Arrays.compareUnsigned(a, b);
  }

  /** Walks on to the damage or to {@code to}; returns the last key, or {@code last}. */
  private byte[] forward(byte[] last, byte[] to) {
    byte[] at = last;
    while (iterator.isValid()) {
      byte[] next = key.get();
      if (to != null && Arrays.compareUnsigned(next, to) >= 0) {
        break;
      }
      found.accept(next, value.get());
      at = next;
      iterator.next();
    }
    return at;
  }

  /** Walks back to the damage or to {@code from}; returns the first key, or {@code first}. */
  private byte[] backward(byte[] from, byte[] first) {
    byte[] at = first;
    while (iterator.isValid()) {
      byte[] next = key.get();
      if (from != null && Arrays.compareUnsigned(next, from) <= 0) {
        break;
      }
      found.accept(next, value.get());
      at = next;
      iterator.prev();
    }
    return at;
  }

  private boolean isDamaged() {
    try {
      iterator.status();
      return false;
    } catch (RocksDBException e) {
      why = String.valueOf(e.getMessage());
      return true;
    }
  }

  private void probe(Gap gap) {
    byte[] middle = middle(gap);
    if (middle == null) {
      unread.put(bound(gap.from()), gap);
      return;
    }
    iterator.seek(middle);
    byte[] last = forward(null, gap.to());
    if (isDamaged()) {
      gaps.add(new Gap(last == null ? middle : last, gap.to(), why));
    }
    iterator.seekForPrev(middle);
    byte[] first = backward(gap.from(), null);
    if (isDamaged()) {
      gaps.add(new Gap(gap.from(), first == null ? middle : first, why));
    }
  }

  /** A key strictly between the bounds, about in the middle; null where none is worth a probe. */
  private static byte[] middle(Gap gap) {
    int from = gap.from() == null ? 0 : gap.from().length;
    int to = gap.to() == null ? 0 : gap.to().length;
    boolean fixed = from == to && from == Long.BYTES;
    int length = fixed ? from : Math.max(from, to) + EXTRA_BYTES;
    BigInteger low = gap.from() == null ? BigInteger.ZERO : padded(gap.from(), length);
    BigInteger high =
        gap.to() == null ? BigInteger.ONE.shiftLeft(8 * length) : padded(gap.to(), length);
    BigInteger middle = low.add(high).shiftRight(1);
    if (middle.compareTo(low) <= 0 || middle.compareTo(high) >= 0) {
      return null;
    }
    byte[] bytes = middle.toByteArray();
    byte[] key = new byte[length];
    int copied = Math.min(length, bytes.length);
    System.arraycopy(bytes, bytes.length - copied, key, length - copied, copied);
    return key;
  }

  private static BigInteger padded(byte[] key, int length) {
    return new BigInteger(1, Arrays.copyOf(key, length));
  }

  private List<Gap> merged() {
    List<Gap> merged = new ArrayList<>();
    for (Gap gap : unread.values()) {
      Gap before = merged.isEmpty() ? null : merged.get(merged.size() - 1);
      if (before != null && before.to() != null && Arrays.equals(before.to(), gap.from())) {
        merged.set(merged.size() - 1, new Gap(before.from(), gap.to(), before.why()));
      } else {
        merged.add(gap);
      }
    }
    return merged;
  }
}
