package dev.quarry.internal.codec;

import java.util.Arrays;

/** Bytes of a key, appended one part after the other; big-endian. Not thread-safe. */
public final class KeyBuffer {
  private byte[] bytes;
  private int size;

  /** An empty one. */
  public KeyBuffer() {
    this(64);
  }

  /** An empty one with room for this many bytes before it grows. */
  public KeyBuffer(int capacity) {
    bytes = new byte[capacity];
  }

  /** Appends the lowest byte of a number. */
  public KeyBuffer put(int value) {
    reserve(1);
    bytes[size++] = (byte) value;
    return this;
  }

  /** Appends bytes. */
  public KeyBuffer put(byte[] value) {
    reserve(value.length);
    System.arraycopy(value, 0, bytes, size, value.length);
    size += value.length;
    return this;
  }

  /** Appends four bytes. */
  public KeyBuffer putInt(int value) {
    reserve(Integer.BYTES);
    for (int shift = 24; shift >= 0; shift -= 8) {
      bytes[size++] = (byte) (value >> shift);
    }
    return this;
  }

  /** Appends eight bytes. */
  public KeyBuffer putLong(long value) {
    reserve(Long.BYTES);
    for (int shift = 56; shift >= 0; shift -= 8) {
      bytes[size++] = (byte) (value >> shift);
    }
    return this;
  }

  /** How many bytes it holds. */
  public int size() {
    return size;
  }

  /** Empties it. */
  public KeyBuffer clear() {
    size = 0;
    return this;
  }

  /** A copy of what it holds. */
  public byte[] toBytes() {
    return Arrays.copyOf(bytes, size);
  }

  /** Copies what it holds to a place in {@code target}. */
  public void copyTo(byte[] target, int at) {
    System.arraycopy(bytes, 0, target, at, size);
  }

  /** Compares what it holds with other bytes, in their unsigned order. */
  public int compareTo(byte[] other) {
    return Arrays.compareUnsigned(bytes, 0, size, other, 0, other.length);
  }

  /** Inverts all bytes from {@code from} on. */
  void invert(int from) {
    for (int i = from; i < size; i++) {
      bytes[i] = (byte) ~bytes[i];
    }
  }

  /** Cuts it to its first {@code newSize} bytes. */
  void truncate(int newSize) {
    size = Math.min(size, newSize);
  }

  private void reserve(int more) {
    if (bytes.length - size < more) {
      bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, size + more));
    }
  }
}
