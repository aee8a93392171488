package dev.quarry.internal.codec;

import com.esotericsoftware.kryo.Kryo;
import com.esotericsoftware.kryo.util.Util;
import dev.quarry.Task;
import java.nio.ByteBuffer;

/** A Kryo instance with its buffers. Used by one thread at a time. */
final class Session {
  /** Task's class id; Kryo's own primitives take 0 to 8. Not written into records. */
  private static final int TASK_ID = 10;

  private static final String UNSAFE = "kryo.unsafe";
  private static final int SMALL = 4 << 10;
  private static final int LARGE = 256 << 10;

  static {
    keepKryoQuiet();
  }

  private final Kryo kryo = new Kryo();
  private final RecordOutput output = new RecordOutput();
  private final RecordInput input = new RecordInput();
  private byte[] scratch = new byte[SMALL];

  Session() {
    kryo.setRegistrationRequired(true);
    kryo.setReferences(false);
    kryo.register(Task.class, new TaskSerializer(), TASK_ID);
  }

  /**
   * Keeps Kryo from the methods of Unsafe that JDK 24 and later report on stderr. It decides once,
   * by a property, when its class is initialised; the property is gone again before this returns. A
   * property set by others stays and counts.
   */
  private static void keepKryoQuiet() {
    if (Runtime.version().feature() >= 24 && System.getProperty(UNSAFE) == null) {
      System.setProperty(UNSAFE, "false");
      try {
        Util.isUnsafeAvailable();
      } finally {
        System.clearProperty(UNSAFE);
      }
    }
  }

  /** The frame of a task; its checksums are still zero. */
  byte[] write(Task task) {
    try {
      kryo.writeObject(output, task);
      return output.toBytes();
    } finally {
      output.clear();
    }
  }

  /** The task of a frame whose checksums have been checked. */
  Task read(byte[] bytes, int offset, int size) {
    input.reset(bytes, offset, size);
    Task task = kryo.readObject(input, Task.class);
    if (input.remaining() > 0) {
      throw input.corrupt("a record has bytes behind its end");
    }
    return task;
  }

  RecordInput input() {
    return input;
  }

  /** Copies what the buffer holds, from its position, to the start of an array of this session. */
  byte[] copy(ByteBuffer value) {
    int size = value.remaining();
    byte[] target = scratch.length >= size ? scratch : new byte[size];
    if (size <= LARGE) {
      scratch = target;
    }
    value.get(value.position(), target, 0, size);
    return target;
  }
}
