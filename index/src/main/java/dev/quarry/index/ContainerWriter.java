package dev.quarry.index;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.atomic.AtomicLong;
import org.agrona.UnsafeApi;

/** Changes containers, in the ways that {@link ContainerReader} explains. One thread at a time. */
final class ContainerWriter {
  /** A bitmap with fewer members than this becomes an array again. */
  private static final int SPARSE_AGAIN = Block.ARRAY_MAX * 3 / 4;

  private static final int BYTE_ARRAY_BASE = UnsafeApi.arrayBaseOffset(byte[].class);

  private final EntrySpace space;
  private final Directory directory;
  private final PreImage preImage;
  private final AtomicLong frees;
  private final EditHook hook;
  private final Block scratch = new Block();
  private long lastStamp = 2;

  /** Of the members of all containers; see {@link ContentSum}. */
  private long sum;

  /** Called inside of each edit, where a test may stop the writer. */
  @FunctionalInterface
  interface EditHook {
    void inside();

    /** Called where the entries of a file are about to be listed, or their list to be read. */
    default void listing() {}
  }

  ContainerWriter(
      EntrySpace space, Directory directory, PreImage preImage, AtomicLong frees, EditHook hook) {
    this.space = space;
    this.directory = directory;
    this.preImage = preImage;
    this.frees = frees;
    this.hook = hook;
  }

  /**
   * Applies the changes {@code order[from..to)} of a batch, all of one term and block, as one
   * change of the container; returns by how much the cardinality has changed.
   */
  int edit(long key, IndexBatch batch, int[] order, int from, int to) {
    long address = directory.find(key);
    long salt = ContentSum.salt(key);
    if (to - from == 1 && address != 0) {
      int low = Block.lowOf(batch.ordinal(order[from]));
      boolean add = batch.isAdd(order[from]);
      int meta = UnsafeApi.getInt(address + ContainerReader.META);
      if (ContainerReader.isDense(meta)) {
        int change = editBit(key, address, meta, low, add);
        if (change != Integer.MIN_VALUE) {
          sum += change * ContentSum.member(salt, low);
          return change;
        }
      } else if (add && append(address, meta, low)) {
        sum += ContentSum.member(salt, low);
        return 1;
      }
    }
    load(address);
    int before = scratch.cardinality();
    boolean changed = false;
    for (int i = from; i < to; i++) {
      int low = Block.lowOf(batch.ordinal(order[i]));
      boolean add = batch.isAdd(order[i]);
      if (add ? scratch.add(low) : scratch.remove(low)) {
        changed = true;
        sum += add ? ContentSum.member(salt, low) : -ContentSum.member(salt, low);
      }
    }
    if (changed) {
      write(key, address, scratch);
    }
    return scratch.cardinality() - before;
  }

  /** Writes a container that was assembled aside; there must be none under the key. */
  void create(long key, Block members) {
    if (directory.find(key) != 0) {
      throw new IllegalStateException("container exists already");
    }
    write(key, 0, members);
    sum += ContentSum.members(key, directory.find(key));
  }

  /** What all members add to the sum of the contents. */
  long sum() {
    return sum;
  }

  private void load(long address) {
    if (address == 0) {
      scratch.clear();
    } else {
      int meta = UnsafeApi.getInt(address + ContainerReader.META);
      ContainerReader.copy(address + ContainerReader.PAYLOAD, meta, scratch);
    }
  }

  /** Changes one bit of a bitmap; MIN_VALUE where it had better become an array. */
  private int editBit(long key, long address, int meta, int low, boolean add) {
    int word = low >>> 6;
    long at = address + ContainerReader.PAYLOAD + 8L * word;
    long old = UnsafeApi.getLong(at);
    long bit = 1L << low;
    if ((old & bit) != 0 == add) {
      return 0;
    }
    int change = add ? 1 : -1;
    if (ContainerReader.count(meta) + change < SPARSE_AGAIN) {
      return Integer.MIN_VALUE;
    }
    long odd = lastStamp + 1;
    preImage.keepWord(odd, key, meta, word, old);
    open(address, odd);
    UnsafeApi.putLong(at, old ^ bit);
    inside();
    UnsafeApi.putInt(address + ContainerReader.META, meta + change);
    close(address);
    return change;
  }

  private static boolean append(long address, int meta, int low) {
    int n = ContainerReader.count(meta);
    long end = address + ContainerReader.PAYLOAD + 2L * n;
    if (n == Block.ARRAY_MAX
        || 2 * n >= UnsafeApi.getInt(address + ContainerReader.CAPACITY)
        || UnsafeApi.getChar(end - 2) >= low) {
      return false;
    }
    UnsafeApi.putShort(end, (short) low);
    UnsafeApi.putIntRelease(null, address + ContainerReader.META, meta + 1);
    return true;
  }

  private void open(long address, long odd) {
    UnsafeApi.putLongRelease(null, address, odd);
    UnsafeApi.storeFence();
  }

  private void close(long address) {
    lastStamp += 2;
    UnsafeApi.putLongRelease(null, address, lastStamp);
  }

  private void inside() {
    if (hook != null) {
      hook.inside();
    }
  }

  /** Makes the container hold the members: in place where they fit well, else moved. */
  private void write(long key, long address, Block members) {
    if (members.isEmpty()) {
      if (address != 0) {
        directory.remove(key);
        free(address);
      }
      return;
    }
    if (members.isDense() && members.cardinality() < SPARSE_AGAIN) {
      members.toSparse();
    }
    int needed = payloadBytes(members);
    int capacity = address == 0 ? 0 : UnsafeApi.getInt(address + ContainerReader.CAPACITY);
    if (needed > capacity || 4 * needed + 128 < capacity) {
      move(key, address, members);
      return;
    }
    long payload = address + ContainerReader.PAYLOAD;
    int oldMeta = UnsafeApi.getInt(address + ContainerReader.META);
    int oldBytes =
        ContainerReader.isDense(oldMeta)
            ? ContainerReader.BITMAP_BYTES
            : 2 * ContainerReader.count(oldMeta);
    long odd = lastStamp + 1;
    preImage.keep(odd, key, oldMeta, payload, oldBytes);
    open(address, odd);
    copyOut(members, null, payload);
    inside();
    UnsafeApi.putInt(address + ContainerReader.META, meta(members));
    close(address);
  }

  private static int payloadBytes(Block members) {
    return members.isDense() ? ContainerReader.BITMAP_BYTES : 2 * members.cardinality();
  }

  private static int meta(Block members) {
    return members.cardinality() | (members.isDense() ? ContainerReader.DENSE : 0);
  }

  private static void copyOut(Block members, byte[] target, long offset) {
    if (members.isDense()) {
      UnsafeApi.copyMemory(
          members.words(), ContainerReader.LONG_ARRAY_BASE, target, offset, payloadBytes(members));
    } else {
      UnsafeApi.copyMemory(
          members.values(), ContainerReader.CHAR_ARRAY_BASE, target, offset, payloadBytes(members));
    }
  }

  private void move(long key, long old, Block members) {
    int n = members.cardinality();
    int room = members.isDense() ? ContainerReader.BITMAP_BYTES : 2 * n;
    if (!members.isDense() && old != 0) {
      // it has grown once and will again
      room = Math.min(ContainerReader.BITMAP_BYTES, room + room / 4);
    }
    int bytes = EntryFile.roundUp(ContainerReader.PAYLOAD + room, space.chunkBytes());
    byte[] value = new byte[bytes];
    long side = old == 0 ? 0 : 1 - (UnsafeApi.getLong(old + ContainerReader.KEY) & 1);
    long entryKey = entryKey(key, side);
    lastStamp += 2;
    ByteBuffer header = ByteBuffer.wrap(value).order(ByteOrder.nativeOrder());
    header.putLong(ContainerReader.STAMP, lastStamp);
    header.putLong(ContainerReader.KEY, entryKey);
    header.putInt(ContainerReader.META, meta(members));
    header.putInt(ContainerReader.CAPACITY, bytes - ContainerReader.PAYLOAD);
    copyOut(members, value, BYTE_ARRAY_BASE + ContainerReader.PAYLOAD);
    long address = space.insert(entryKey, value);
    UnsafeApi.storeFence();
    directory.put(key, address);
    inside();
    if (old != 0) {
      free(old);
    }
  }

  /** The key of an entry: two sides, so that the old and the new of a move can be there at once. */
  private static long entryKey(long key, long side) {
    return (key & 0xFFFF_FFFF_0000_0000L) | (key & 0xFFFF_FFFFL) << 1 | side;
  }

  /** The key in the directory of the container behind the key of an entry. */
  static long directoryKey(long entryKey) {
    return (entryKey & 0xFFFF_FFFF_0000_0000L) | (entryKey & 0xFFFF_FFFFL) >>> 1;
  }

  private void free(long address) {
    UnsafeApi.storeFence();
    frees.incrementAndGet();
    // what comes to lie there is a plain store: some processors let it pass the increment's own
    UnsafeApi.storeFence();
    space.remove(UnsafeApi.getLong(address + ContainerReader.KEY));
  }

  /** Takes in a container that was found in a file; false where it cannot be one. */
  boolean adopt(long entryKey, long address, long bytes) {
    if (bytes <= ContainerReader.PAYLOAD) {
      return false;
    }
    long stamp = UnsafeApi.getLong(address);
    int meta = UnsafeApi.getInt(address + ContainerReader.META);
    int capacity = UnsafeApi.getInt(address + ContainerReader.CAPACITY);
    int n = ContainerReader.count(meta);
    int needed = ContainerReader.isDense(meta) ? ContainerReader.BITMAP_BYTES : 2 * n;
    long key = directoryKey(entryKey);
    if ((stamp & 1) != 0
        || UnsafeApi.getLong(address + ContainerReader.KEY) != entryKey
        || capacity != bytes - ContainerReader.PAYLOAD
        || n == 0
        || n != (meta & ~ContainerReader.DENSE)
        || needed > capacity
        || directory.find(key) != 0) {
      return false;
    }
    lastStamp = Math.max(lastStamp, stamp);
    directory.put(key, address);
    return true;
  }

  /**
   * Adds an adopted container to the sum; false where its members are not as many or not rising.
   */
  boolean sumUp(long entryKey, long address) {
    int meta = ContainerReader.meta(address);
    long payload = address + ContainerReader.PAYLOAD;
    int n = ContainerReader.count(meta);
    if (ContainerReader.isDense(meta)) {
      int bits = 0;
      for (int word = 0; word < Block.WORDS; word++) {
        bits += Long.bitCount(UnsafeApi.getLong(payload + 8L * word));
      }
      if (bits != n) {
        return false;
      }
    } else {
      for (int i = 1; i < n; i++) {
        if (UnsafeApi.getChar(payload + 2L * i) <= UnsafeApi.getChar(payload + 2L * i - 2)) {
          return false;
        }
      }
    }
    sum += ContentSum.members(directoryKey(entryKey), address);
    return true;
  }
}
