package dev.quarry.internal.read;

import dev.quarry.internal.codec.IndexedFields;
import dev.quarry.internal.codec.KeyBuffer;
import dev.quarry.internal.codec.OrderedKeys;
import dev.quarry.query.Order;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * The next tasks of an order that no index keeps. Of all the tasks that a walk offers it keeps
 * those that come first behind the ones delivered before, as many as there is memory for; then they
 * are delivered, and another walk finds those behind them.
 *
 * <p>A task is one byte string: its {@linkplain OrderedKeys key}, which no other key begins with,
 * and its ordinal, inverted where ties descend. So the unsigned order of the strings is the whole
 * order, without ties. They stand in chunks, each behind its length, and are sorted by references.
 * Where one more has no room, the last eighth of them in the order is left out and the others are
 * moved together; from then on nothing behind these is taken.
 *
 * <p>Not thread-safe.
 */
public final class SortedRun implements AutoCloseable {
  /** Of a reference, the low bits are the place in a chunk, the others the chunk. */
  private static final int PLACE_BITS = 18;

  private static final int PLACE_MASK = (1 << PLACE_BITS) - 1;
  private static final int LARGEST_CHUNK = 1 << PLACE_BITS;
  private static final int SMALLEST_CHUNK = 512;
  private static final int MOST_CHUNKS = 1 << (Integer.SIZE - 1 - PLACE_BITS);

  /** Part of the entries that make room for others. */
  private static final int LEFT_OUT = 8;

  /** Fewer are sorted by insertion. */
  private static final int FEW = 12;

  private final List<Order> order;
  private final long flip;
  private final int ordinalBytes;
  private final SortMemory memory;
  private final SplittableRandom random = new SplittableRandom(1);
  private final KeyBuffer entry = new KeyBuffer();

  /** The last entry of the runs before, or null. */
  private byte[] after;

  /** The last entry that is kept, where others behind it were left out; or null. */
  private byte[] limit;

  private byte[][] chunks = new byte[8][];
  private int chunkCount;

  /** Where the next entry goes. */
  private int chunk;

  private int place;
  private int[] refs = {};
  private int size;

  /** Memory that is taken. */
  private long held;

  private long most;
  private Runnable step;

  /** Of the entries, how many are delivered from; they are in order. */
  private int sorted;

  private int next;
  private boolean last;

  /**
   * An empty run.
   *
   * @param order of its tasks; empty for that of ordinals
   * @param ordinalBound above all ordinals
   * @param memory bounds it
   */
  public SortedRun(List<Order> order, long ordinalBound, SortMemory memory) {
    this.order = order;
    this.flip = !order.isEmpty() && order.get(order.size() - 1).descending() ? -1 : 0;
    int bits = Long.SIZE - Long.numberOfLeadingZeros(ordinalBound);
    this.ordinalBytes = Math.max(1, (bits + Byte.SIZE - 1) / Byte.SIZE);
    this.memory = memory;
  }

  /** Begins behind a place that was delivered otherwise. */
  public void startBehind(long ordinal, byte[] sortable) {
    entry.clear().put(sortable);
    appendOrdinal(ordinal);
    after = entry.toBytes();
  }

  /**
   * Begins a walk, which offers all tasks; what one before it offered and did not end is dropped.
   *
   * @param wanted keeps no more than these
   * @param steps is run now and then, and may throw
   */
  public void begin(long wanted, Runnable steps) {
    most = wanted;
    step = steps;
    limit = null;
    chunk = 0;
    place = 0;
    size = 0;
    sorted = 0;
    next = 0;
  }

  /** Offers a task; its fields are not looked at where there is no order. */
  public void offer(long ordinal, IndexedFields fields) {
    entry.clear();
    for (Order part : order) {
      OrderedKeys.append(entry, part, fields);
    }
    appendOrdinal(ordinal);
    while (isEntryWanted()) {
      if (size / 2 >= most) {
        leaveOut((int) (size - most));
      } else if (hasRoom()) {
        add();
        return;
      } else {
        leaveOut(Math.max(1, size / LEFT_OUT));
      }
    }
  }

  /** Where there is no order, whether a task would be kept. */
  boolean isWanted(long ordinal) {
    entry.clear();
    appendOrdinal(ordinal);
    return isEntryWanted();
  }

  private boolean isEntryWanted() {
    return (after == null || entry.compareTo(after) > 0)
        && (limit == null || entry.compareTo(limit) < 0);
  }

  /** How many it keeps at the moment. */
  public int size() {
    return size;
  }

  /**
   * Ends the walk; from now on the run is delivered.
   *
   * @param whole whether the walk has offered all tasks
   */
  public void end(boolean whole) {
    if (size > most) {
      leaveOut((int) (size - most));
    }
    sort(0, size);
    last = whole && limit == null;
    if (size > 0) {
      after = bytes(refs[size - 1]);
    }
    sorted = size;
    step = null;
  }

  /** Whether there is nothing more to deliver. */
  public boolean isEmpty() {
    return next == sorted;
  }

  /** Whether no task comes behind this run, so that another walk would find none. */
  public boolean isLast() {
    return last;
  }

  /** The task at its head. */
  public long first() {
    byte[] bytes = bytes(refs[next]);
    return ordinal(bytes);
  }

  /** The key of the task at its head. */
  public byte[] firstKey() {
    byte[] bytes = bytes(refs[next]);
    return Arrays.copyOf(bytes, bytes.length - ordinalBytes);
  }

  /** Delivers the head. */
  public void removeFirst() {
    next++;
  }

  /** The last task of the latest walk that was ended, or of one before; -1 if there was none. */
  public long position() {
    return after == null ? -1 : ordinal(after);
  }

  /** Gives the memory back; what was not delivered is lost. */
  @Override
  public void close() {
    memory.release(held);
    held = 0;
    chunks = new byte[8][];
    chunkCount = 0;
    refs = new int[0];
    begin(0, null);
  }

  private void appendOrdinal(long ordinal) {
    long value = ordinal ^ flip;
    for (int i = ordinalBytes - 1; i >= 0; i--) {
      entry.put((int) (value >>> (i * Byte.SIZE)));
    }
  }

  private long ordinal(byte[] bytes) {
    long value = flip;
    for (int i = bytes.length - ordinalBytes; i < bytes.length; i++) {
      value = value << Byte.SIZE | (bytes[i] & 0xFF);
    }
    return value ^ flip;
  }

  /** Whether there is, or is now, room for one more entry. */
  private boolean hasRoom() {
    boolean must = size < 2; // a run of none would never come to an end
    if (size == refs.length) {
      int more = size / 4 + 64;
      if (!memory.grow(held, (long) more * Integer.BYTES, must)) {
        return false;
      }
      held += (long) more * Integer.BYTES;
      refs = Arrays.copyOf(refs, size + more);
    }
    int bytes = lengthBytes(entry.size()) + entry.size();
    while (chunk < chunkCount && place + bytes > chunks[chunk].length) {
      chunk++;
      place = 0;
    }
    return chunk < chunkCount || addChunk(bytes, must);
  }

  private boolean addChunk(int least, boolean must) {
    long usual = Math.min(LARGEST_CHUNK, Math.max(SMALLEST_CHUNK, held / 4));
    int bytes = (int) Math.max(least, usual);
    if (chunkCount == MOST_CHUNKS || !memory.grow(held, bytes, must)) {
      return false;
    }
    held += bytes;
    if (chunkCount == chunks.length) {
      chunks = Arrays.copyOf(chunks, 2 * chunkCount);
    }
    chunks[chunkCount++] = new byte[bytes];
    return true;
  }

  private void add() {
    byte[] target = chunks[chunk];
    refs[size++] = chunk << PLACE_BITS | place;
    int length = entry.size();
    if (lengthBytes(length) == 2) {
      target[place++] = (byte) (0x80 | length >> Byte.SIZE);
    }
    target[place++] = (byte) length;
    entry.copyTo(target, place);
    place += length;
  }

  /** How many bytes tell a length. At most 8 parts of a key are below 2^15. */
  private static int lengthBytes(int length) {
    return length < 0x80 ? 1 : 2;
  }

  private static int length(byte[] in, int at) {
    return in[at] >= 0 ? in[at] : (in[at] & 0x7F) << Byte.SIZE | (in[at + 1] & 0xFF);
  }

  private byte[] bytes(int ref) {
    byte[] in = chunks[ref >>> PLACE_BITS];
    int at = ref & PLACE_MASK;
    int length = length(in, at);
    int from = at + lengthBytes(length);
    return Arrays.copyOfRange(in, from, from + length);
  }

  private int compare(int a, int b) {
    byte[] x = chunks[a >>> PLACE_BITS];
    byte[] y = chunks[b >>> PLACE_BITS];
    int i = a & PLACE_MASK;
    int j = b & PLACE_MASK;
    int m = length(x, i);
    int n = length(y, j);
    i += lengthBytes(m);
    j += lengthBytes(n);
    return Arrays.compareUnsigned(x, i, i + m, y, j, j + n);
  }

  /** Leaves out the last in the order; not all of them. */
  private void leaveOut(int count) {
    int kept = size - count;
    select(kept);
    int greatest = refs[0];
    for (int i = 1; i < kept; i++) {
      greatest = compare(refs[i], greatest) > 0 ? refs[i] : greatest;
    }
    limit = bytes(greatest);
    size = kept;
    moveTogether();
  }

  /** Closes the gaps between the entries. None moves up: without gaps it stood there or before. */
  private void moveTogether() {
    Arrays.sort(refs, 0, size);
    chunk = 0;
    place = 0;
    for (int i = 0; i < size; i++) {
      byte[] from = chunks[refs[i] >>> PLACE_BITS];
      int at = refs[i] & PLACE_MASK;
      int length = length(from, at);
      int bytes = lengthBytes(length) + length;
      while (place + bytes > chunks[chunk].length) {
        chunk++;
        place = 0;
      }
      System.arraycopy(from, at, chunks[chunk], place, bytes);
      refs[i] = chunk << PLACE_BITS | place;
      place += bytes;
    }
  }

  /** Brings the first {@code count} in the order to the front, in no order. */
  private void select(int count) {
    int from = 0;
    int to = size;
    while (to - from > 1) {
      int middle = partition(from, to);
      if (count < middle) {
        to = middle;
      } else {
        from = middle;
      }
    }
  }

  private void sort(int from, int to) {
    int low = from;
    int high = to;
    while (high - low > FEW) {
      int middle = partition(low, high);
      if (middle - low < high - middle) { // the smaller part first, so that few calls are nested
        sort(low, middle);
        low = middle;
      } else {
        sort(middle, high);
        high = middle;
      }
    }
    for (int i = low + 1; i < high; i++) {
      int ref = refs[i];
      int j = i;
      for (; j > low && compare(refs[j - 1], ref) > 0; j--) {
        refs[j] = refs[j - 1];
      }
      refs[j] = ref;
    }
  }

  /**
   * Parts two or more into those in front of the result and those from it on, neither of them
   * empty, at a pivot by chance: tasks come in orders that others would be slow with.
   */
  private int partition(int from, int to) {
    swap(from, from + random.nextInt(to - from));
    int pivot = refs[from];
    int i = from - 1;
    int j = to;
    while (true) {
      do {
        step.run();
        i++;
      } while (compare(refs[i], pivot) < 0);
      do {
        j--;
      } while (compare(refs[j], pivot) > 0);
      if (i >= j) {
        return j + 1;
      }
      swap(i, j);
    }
  }

  private void swap(int i, int j) {
    int ref = refs[i];
    refs[i] = refs[j];
    refs[j] = ref;
  }
}
