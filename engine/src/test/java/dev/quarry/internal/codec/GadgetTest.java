package dev.quarry.internal.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.esotericsoftware.kryo.Kryo;
import com.esotericsoftware.kryo.KryoException;
import com.esotericsoftware.kryo.io.Input;
import com.esotericsoftware.kryo.io.Output;
import dev.quarry.CorruptionException;
import dev.quarry.Task;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Bytes that name classes, as attacks on serialization do, make none and run nothing. */
class GadgetTest {
  /** Counts what is made of it and called on it. */
  static final class Gadget implements Comparator<Object> {
    static final AtomicInteger USED = new AtomicInteger();

    Gadget() {
      USED.incrementAndGet();
    }

    @Override
    public int compare(Object a, Object b) {
      USED.incrementAndGet();
      return a.hashCode() - b.hashCode();
    }

    @Override
    public int hashCode() {
      USED.incrementAndGet();
      return 1;
    }

    @Override
    public boolean equals(Object other) {
      return other == this;
    }
  }

  /** What a careless Kryo writes: names of classes, and objects that call each other when read. */
  private static List<byte[]> payloads() {
    Kryo careless = new Kryo();
    careless.setRegistrationRequired(false);
    HashMap<Object, Object> map = new HashMap<>();
    map.put(new Gadget(), "x");
    PriorityQueue<Object> queue = new PriorityQueue<>(2, new Gadget());
    queue.add("a");
    queue.add("b");
    List<Object> objects = List.of(new Gadget(), map, queue, Runtime.class);
    List<byte[]> payloads = new ArrayList<>();
    for (Object object : objects) {
      try (Output out = new Output(1_024, 1 << 20)) {
        careless.writeClassAndObject(out, object);
        payloads.add(out.toBytes());
      }
    }
    for (String name :
        List.of(
            Gadget.class.getName(),
            "java.lang.ProcessBuilder",
            "javax.swing.UIDefaults$ProxyLazyValue",
            "com.sun.rowset.JdbcRowSetImpl",
            "[Ljava.lang.Object;",
            Proxy.class.getName())) {
      try (Output out = new Output(1_024, 1 << 20)) {
        out.writeVarInt(1, true); // a class by name
        out.writeVarInt(0, true); // the first of the stream
        out.writeString(name);
        out.writeBytes(new byte[32]);
        payloads.add(out.toBytes());
      }
    }
    return payloads;
  }

  @Test
  void thePayloadsWorkOnACarelessKryo() {
    byte[] payload = payloads().get(0);
    Kryo careless = new Kryo();
    careless.setRegistrationRequired(false);
    int before = Gadget.USED.get();
    assertThat(careless.readClassAndObject(new Input(payload))).isInstanceOf(Gadget.class);
    assertThat(Gadget.USED.get()).isGreaterThan(before);
  }

  @Test
  void theCodecsKryoRequiresRegistration() throws Exception {
    java.lang.reflect.Field field = Session.class.getDeclaredField("kryo");
    field.setAccessible(true);
    Kryo kryo = (Kryo) field.get(new Session());
    assertThat(kryo.isRegistrationRequired()).isTrue();
    List<byte[]> payloads = payloads();
    int before = Gadget.USED.get();
    for (byte[] payload : payloads) {
      assertThatThrownBy(() -> kryo.readClassAndObject(new Input(payload)))
          .isInstanceOfAny(KryoException.class, IllegalArgumentException.class);
    }
    assertThat(Gadget.USED.get()).isEqualTo(before);
  }

  @Test
  void recordsOfPayloadsAreRefused() {
    RecordCodec codec = new RecordCodec();
    Task task = Task.builder("a", "b").description("c").attribute("k", "v").build();
    byte[] record = codec.encode(task, 1);
    int prefix = RecordFormat.readInt(record, RecordFormat.LENGTH_OFFSET);
    int body = RecordFormat.PREFIX_OFFSET + prefix + Integer.BYTES;
    List<byte[]> payloads = payloads();
    int before = Gadget.USED.get();
    for (byte[] payload : payloads) {
      assertThatThrownBy(() -> codec.decode(payload))
          .isInstanceOfAny(CorruptionException.class, dev.quarry.FormatVersionException.class);
      byte[] inPrefix =
          dev.quarry.Mutations.replace(record, RecordFormat.PREFIX_OFFSET, 0, payload);
      HostileRecordTest.setPrefixLength(inPrefix, prefix + payload.length);
      RecordFormat.seal(
          inPrefix, inPrefix.length, RecordFormat.PREFIX_OFFSET + prefix + payload.length);
      assertThatThrownBy(() -> codec.decode(inPrefix)).isInstanceOf(CorruptionException.class);
      assertThatThrownBy(() -> codec.indexed(inPrefix)).isInstanceOf(CorruptionException.class);
      byte[] inBody = dev.quarry.Mutations.replace(record, body, record.length - body, payload);
      RecordFormat.seal(inBody, inBody.length, RecordFormat.PREFIX_OFFSET + prefix);
      assertThatThrownBy(() -> codec.decode(inBody)).isInstanceOf(CorruptionException.class);
    }
    assertThat(Gadget.USED.get()).isEqualTo(before);
    byte[] text = codec.encode(task.toBuilder().notes(Gadget.class.getName()).build(), 2);
    assertThat(codec.decode(text).notes()).as("a text is a text").isEqualTo(Gadget.class.getName());
  }
}
