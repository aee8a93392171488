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
    return put(value >> 24).put(value >> 16).put(value >> 8).put(value);
  }

  /** Appends eight bytes. */
  public KeyBuffer putLong(long value) {
    return putInt((int) (value >> 32)).putInt((int) value);
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
