package dev.quarry.internal.index;

import dev.quarry.CorruptionException;
import dev.quarry.IndexInfo;
import dev.quarry.IndexSpec;
import dev.quarry.query.Field;
import dev.quarry.query.Order;
import dev.quarry.query.TaskFields;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The indexes of a store: an immutable value, replaced as a whole and kept in the meta family.
 * Numbers are never used twice.
 */
public final class IndexCatalog {
  private static final int FORMAT = 1;
  private static final int FIRST_USER_NUMBER = 64;

  /** Name of the ordered index that holds the ready tasks only. */
  public static final String READY = "ready";

  private static final int READY_NUMBER = 8;

  private final List<Entry> entries;
  private final List<Entry> ordered;
  private final List<Entry> equality;
  private final Entry ofReady;
  private final int nextNumber;

  /**
   * One index.
   *
   * @param number names it in keys (ordered) or as a term field (equality)
   * @param spec what it keeps
   * @param state whether queries use it
   * @param builtIn whether it cannot be dropped
   */
  public record Entry(int number, IndexSpec spec, IndexInfo.State state, boolean builtIn) {
    boolean isOrdered() {
      return spec.kind() == IndexSpec.Kind.ORDERED;
    }

    /** Whether it holds the ready tasks only. */
    public boolean isOfReady() {
      return builtIn && spec.name().equals(READY);
    }

    /** Whether queries use it. */
    public boolean isReadable() {
      return state == IndexInfo.State.READABLE;
    }
  }

  private IndexCatalog(List<Entry> entries, int nextNumber) {
    this.entries = List.copyOf(entries);
    this.ordered = entries.stream().filter(Entry::isOrdered).toList();
    this.equality = entries.stream().filter(e -> !e.isOrdered()).toList();
    this.ofReady = byName(READY);
    this.nextNumber = nextNumber;
  }

  /** The orders that every store keeps. */
  public static IndexCatalog builtIn() {
    List<Entry> entries = new ArrayList<>();
    add(entries, "created", TaskFields.CREATED_AT.ascending());
    add(entries, "updated", TaskFields.UPDATED_AT.ascending());
    add(entries, "due", TaskFields.DUE_AT.ascending());
    add(
        entries,
        "priority+created",
        TaskFields.PRIORITY.descending(),
        TaskFields.CREATED_AT.ascending());
    add(
        entries,
        "project+status+priority+created",
        TaskFields.PROJECT.ascending(),
        TaskFields.STATUS.ascending(),
        TaskFields.PRIORITY.descending(),
        TaskFields.CREATED_AT.ascending());
    add(
        entries,
        "assignee+status+due",
        TaskFields.ASSIGNEE.ascending(),
        TaskFields.STATUS.ascending(),
        TaskFields.DUE_AT.ascending());
    add(
        entries,
        "agent+completed",
        TaskFields.AGENT.ascending(),
        TaskFields.COMPLETED_AT.ascending());
    addReady(entries);
    return new IndexCatalog(entries, FIRST_USER_NUMBER);
  }

  private static void add(List<Entry> entries, String name, Order... parts) {
    entries.add(
        new Entry(
            entries.size() + 1, IndexSpec.ordered(name, parts), IndexInfo.State.READABLE, true));
  }

  private static void addReady(List<Entry> entries) {
    IndexSpec spec =
        IndexSpec.ordered(
            READY, TaskFields.PRIORITY.descending(), TaskFields.CREATED_AT.ascending());
    entries.add(new Entry(READY_NUMBER, spec, IndexInfo.State.READABLE, true));
  }

  /** All, built-in ones first. */
  public List<Entry> entries() {
    return entries;
  }

  /** The ordered ones, also those being built. */
  public List<Entry> ordered() {
    return ordered;
  }

  /** The equality ones of attributes, also those being built. */
  public List<Entry> equality() {
    return equality;
  }

  /** The index of the ready tasks, or null where the store is from before it. */
  public Entry ofReady() {
    return ofReady;
  }

  /** The entry of that name, or null. */
  public Entry byName(String name) {
    return entries.stream().filter(e -> e.spec().name().equals(name)).findFirst().orElse(null);
  }

  /** The number of the readable equality index on a field, or -1. */
  int equalityField(Field<?> field) {
    for (Entry entry : entries) {
      if (!entry.isOrdered()
          && entry.isReadable()
          && entry.spec().parts().get(0).field().equals(field)) {
        return entry.number();
      }
    }
    return -1;
  }

  /** The same with all ordered indexes to be built when the store is opened. */
  public IndexCatalog toBuildAnew() {
    IndexCatalog anew = this;
    for (Entry entry : ordered) {
      if (!entry.isOfReady()) { // which has a builder of its own
        anew = anew.withState(entry.number(), IndexInfo.State.WRITE_ONLY);
      }
    }
    return anew;
  }

  /** The readable indexes. */
  public IndexCatalog readable() {
    return new IndexCatalog(entries.stream().filter(Entry::isReadable).toList(), nextNumber);
  }

  /** Those of these indexes that are readable in a later catalog too. */
  public IndexCatalog readableIn(IndexCatalog later) {
    if (later == this) {
      return this;
    }
    List<Entry> kept = new ArrayList<>();
    for (Entry e : entries) {
      if (later.entries.stream().anyMatch(l -> l.number() == e.number() && l.isReadable())) {
        kept.add(e);
      }
    }
    return new IndexCatalog(kept, nextNumber);
  }

  /** The catalog with one more index. */
  public IndexCatalog with(IndexSpec spec, IndexInfo.State state) {
    List<Entry> copy = new ArrayList<>(entries);
    copy.add(new Entry(nextNumber, spec, state, false));
    return new IndexCatalog(copy, nextNumber + 1);
  }

  /** The catalog with another state of an index. */
  public IndexCatalog withState(int number, IndexInfo.State state) {
    List<Entry> copy = new ArrayList<>();
    for (Entry e : entries) {
      boolean hit = e.number() == number;
      copy.add(hit ? new Entry(e.number(), e.spec(), state, e.builtIn()) : e);
    }
    return new IndexCatalog(copy, nextNumber);
  }

  /** The catalog without an index. */
  public IndexCatalog without(String name) {
    List<Entry> copy = new ArrayList<>(entries);
    copy.removeIf(e -> e.spec().name().equals(name));
    return new IndexCatalog(copy, nextNumber);
  }

  /** The bytes for the meta family. */
  public byte[] encode() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeByte(FORMAT);
      out.writeInt(nextNumber);
      out.writeInt(entries.size());
      for (Entry entry : entries) {
        out.writeInt(entry.number());
        out.writeUTF(entry.spec().name());
        out.writeBoolean(entry.isOrdered());
        out.writeBoolean(entry.isReadable());
        out.writeBoolean(entry.builtIn());
        out.writeByte(entry.spec().parts().size());
        for (Order part : entry.spec().parts()) {
          out.writeUTF(part.field().name());
          out.writeBoolean(part.descending());
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  /** Reads {@link #encode}'s bytes. */
  public static IndexCatalog decode(byte[] bytes) {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      if (in.readByte() != FORMAT) {
        throw damaged(null);
      }
      int next = in.readInt();
      int count = in.readInt();
      List<Entry> entries = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        entries.add(readEntry(in));
      }
      if (entries.stream().noneMatch(Entry::isOfReady)) {
        addReady(entries); // a store from before it
      }
      return new IndexCatalog(entries, next);
    } catch (IOException | IllegalArgumentException e) {
      throw damaged(e);
    }
  }

  private static Entry readEntry(DataInputStream in) throws IOException {
    int number = in.readInt();
    String name = in.readUTF();
    boolean ordered = in.readBoolean();
    boolean readable = in.readBoolean();
    boolean builtIn = in.readBoolean();
    int parts = in.readByte();
    List<Order> orders = new ArrayList<>();
    for (int p = 0; p < parts; p++) {
      Field<?> field = TaskFields.byName(in.readUTF());
      if (field == null) {
        throw new IOException("unknown field in index " + name);
      }
      orders.add(new Order(field, in.readBoolean()));
    }
    IndexSpec spec =
        new IndexSpec(name, ordered ? IndexSpec.Kind.ORDERED : IndexSpec.Kind.EQUALITY, orders);
    return new Entry(
        number, spec, readable ? IndexInfo.State.READABLE : IndexInfo.State.WRITE_ONLY, builtIn);
  }

  private static CorruptionException damaged(Exception cause) {
    return new CorruptionException(
        "the catalog of indexes is damaged; restore a backup",
        Map.of("family", "default", "key", "indexes"),
        cause);
  }
}
