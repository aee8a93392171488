package dev.quarry.index;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** All that one filling of an index holds: files, directories, readers and writers of them. */
final class Contents {
  private static final int POSTINGS_CHUNK_BYTES = 64;
  private static final int POSTINGS_CHUNKS_PER_ENTRY =
      (64 + TermDirectory.BYTES + Limits.VALUE_BYTES) / POSTINGS_CHUNK_BYTES + 1;

  /** Bytes of postings and terms that are reserved per expected ordinal; the file is sparse. */
  private static final long POSTINGS_BYTES_PER_ORDINAL = 32;

  private static final int HEADER_LENGTH_AT = 8;
  private static final int HEADER_BYTES_MAX = 1 << 16;

  /**
   * Chronicle's state of a whole file lies within these bytes behind the header, aligned; it does
   * not change, since no file gets a further tier.
   */
  private static final int FILE_STATE_BYTES = 512;

  /** The types that the header of a file may name, which is all that Quarry's files do. */
  private static final Set<String> HEADER_TYPES =
      Set.of(
          "!type",
          "!net.openhft.chronicle.map.VanillaChronicleMap",
          "!net.openhft.chronicle.hash.impl.HashSplitting$ForSingleSegment",
          "!net.openhft.chronicle.hash.serialization.impl.ByteArrayDataAccess",
          "!net.openhft.chronicle.hash.serialization.impl.ByteArraySizedReader",
          "!net.openhft.chronicle.hash.serialization.impl.ConstantSizeMarshaller",
          "!net.openhft.chronicle.hash.serialization.impl.LongDataAccess",
          "!net.openhft.chronicle.hash.serialization.impl.LongMarshaller",
          "!net.openhft.chronicle.hash.serialization.impl.StopBitSizeMarshaller");

  private static final Pattern TYPE = Pattern.compile("!\\S*");

  private final Path directory;
  private final StateFile state;
  private final List<StateFile.Entry> files;
  private final EntrySpace postingsSpace;
  private final EntrySpace rowsSpace;
  private final Directory containers;
  private final TermDirectory terms;
  private final ContainerReader reader;
  private final ContainerWriter writer;
  private final RowStore rows;
  private final PreImage preImage = new PreImage(ContainerReader.BITMAP_BYTES);
  private final ContainerWriter.EditHook hook;
  private int nextNumber;

  /** What the parts of adopted files that were not summed up add to the sum. */
  private long unseen;

  private Contents(
      Path directory,
      StateFile state,
      int[] widths,
      int keyColumn,
      int firstNumber,
      ContainerWriter.EditHook hook) {
    this.directory = directory;
    this.state = state;
    this.hook = hook;
    this.nextNumber = firstNumber;
    files = new ArrayList<>();
    postingsSpace =
        new EntrySpace(
            POSTINGS_CHUNK_BYTES,
            POSTINGS_CHUNKS_PER_ENTRY,
            size -> newFile(StateFile.Kind.POSTINGS, size));
    rowsSpace =
        new EntrySpace(
            rowChunkBytes(widths), RowBlocks.CHUNKS, size -> newFile(StateFile.Kind.ROWS, size));
    containers = new Directory(1024);
    AtomicLong frees = new AtomicLong();
    terms = new TermDirectory(postingsSpace);
    reader = new ContainerReader(containers, preImage, frees);
    writer = new ContainerWriter(postingsSpace, containers, preImage, frees, hook);
    RowBlocks blocks = new RowBlocks(rowsSpace, new Directory(256), RowStore.stride(widths));
    rows = new RowStore(blocks, widths, keyColumn, hook);
  }

  /** Creates empty contents in files that do not exist yet. */
  static Contents create(
      Path directory,
      StateFile state,
      int[] widths,
      int keyColumn,
      long expectedOrdinals,
      ContainerWriter.EditHook hook) {
    Contents contents = withoutFiles(directory, state, widths, keyColumn, 0, hook);
    boolean made = false;
    try {
      contents.makeFiles(expectedOrdinals);
      made = true;
    } finally {
      if (!made) {
        contents.close();
        contents.deleteFiles(); // what they have of the device
      }
    }
    return contents;
  }

  /** Empty contents that can be read; {@link #makeFiles} lets them be written. */
  static Contents withoutFiles(
      Path directory,
      StateFile state,
      int[] widths,
      int keyColumn,
      int firstNumber,
      ContainerWriter.EditHook hook) {
    Contents contents = new Contents(directory, state, widths, keyColumn, firstNumber, hook);
    state.files(contents.files);
    return contents;
  }

  /** Creates the first files, with room for so many ordinals. */
  void makeFiles(long expectedOrdinals) {
    long expected = Math.max(1_000, Math.min(expectedOrdinals, 1L << 32));
    postingsSpace.grow(
        Math.max(8_192, expected * POSTINGS_BYTES_PER_ORDINAL / POSTINGS_CHUNK_BYTES));
    rowsSpace.grow((expected / RowBlocks.ROWS * 5 / 4 + 8) * RowBlocks.CHUNKS);
  }

  /** How many entries the files hold. */
  long entries() {
    return postingsSpace.entries() + rowsSpace.entries();
  }

  boolean hasFiles() {
    return !files.isEmpty();
  }

  /** Whether the files are what the state says, as far as reading them can tell. */
  static boolean verify(Path directory, StateFile.Saved saved, int[] widths) throws IOException {
    Set<Path> seen = new HashSet<>();
    boolean rows = false;
    boolean postings = false;
    for (StateFile.Entry file : saved.files()) {
      Path path = file.path(directory);
      int chunk = file.kind() == StateFile.Kind.ROWS ? rowChunkBytes(widths) : POSTINGS_CHUNK_BYTES;
      rows |= file.kind() == StateFile.Kind.ROWS;
      postings |= file.kind() == StateFile.Kind.POSTINGS;
      if (file.number() < 0
          || !seen.add(path)
          || !Files.isRegularFile(path)
          || file.size().chunkBytes() != chunk
          || file.length() != Files.size(path) // first: a header can be cut too
          || !isOwnHeader(path)
          || headerCheck(path) != file.headerCheck()
          || (saved.state() == StateFile.CLEAN
              && StateFile.checksum(path, file.length()) != file.check())) {
        return false;
      }
    }
    return rows && postings;
  }

  /** Opens verified files; null where an entry in them turns out not to be whole. */
  static Contents reopen(
      Path directory,
      StateFile state,
      StateFile.Saved saved,
      int[] widths,
      int keyColumn,
      ContainerWriter.EditHook hook)
      throws IOException {
    int highest = 0;
    for (StateFile.Entry file : saved.files()) {
      highest = Math.max(highest, file.number());
    }
    Contents contents = new Contents(directory, state, widths, keyColumn, highest + 1, hook);
    boolean whole = false;
    try {
      whole = contents.adopt(saved);
    } finally {
      if (!whole) {
        contents.close();
      }
    }
    return whole ? contents : null;
  }

  private boolean adopt(StateFile.Saved saved) throws IOException {
    boolean closed = saved.state() == StateFile.CLEAN; // every byte was compared
    List<EntryList> lists = readLists(saved);
    for (int i = 0; i < saved.files().size(); i++) {
      StateFile.Entry file = saved.files().get(i);
      Path path = file.path(directory);
      EntryFile opened =
          lists == null
              ? new EntryFile(path, file.size())
              : EntryFile.listed(path, file.size(), lists.get(i));
      space(file).add(opened);
      files.add(file.opened());
      if (!closed && !opened.isWhole()) {
        return false;
      }
    }
    ByteBuffer keys = lists == null ? null : readSide(SideFile.KEYS, saved);
    state.files(files);
    if (!adoptEntries(keys, closed)) {
      return false;
    }
    unseen = saved.sum() - sum();
    return closed || unseen == 0;
  }

  /** The sum over all that is in the files. */
  long sum() {
    return unseen + terms.sum() + writer.sum() + rows.sum();
  }

  private EntrySpace space(StateFile.Entry file) {
    return file.kind() == StateFile.Kind.ROWS ? rowsSpace : postingsSpace;
  }

  /** What was written beside the files when they were closed; null where that is not to be used. */
  private ByteBuffer readSide(String name, StateFile.Saved saved) throws IOException {
    return saved.state() == StateFile.CLEAN
        ? SideFile.read(directory.resolve(name), saved.listCheck())
        : null;
  }

  /** Null where they are not to be used, or the JVM has no room for them. */
  private List<EntryList> readLists(StateFile.Saved saved) throws IOException {
    ByteBuffer in = readSide(SideFile.ENTRIES, saved);
    if (in == null) {
      return null;
    }
    List<EntryList> lists = new ArrayList<>();
    try {
      for (StateFile.Entry file : saved.files()) {
        tellOfListing();
        EntryList list = EntryList.read(in, file.length());
        if (list == null) {
          return null;
        }
        lists.add(list);
      }
    } catch (OutOfMemoryError e) {
      return null; // the files are as good without them
    }
    return lists;
  }

  private void tellOfListing() {
    if (hook != null) {
      hook.listing();
    }
  }

  private boolean adoptEntries(ByteBuffer savedKeys, boolean closed) {
    boolean[] whole = {true};
    long most = postingsSpace.entries();
    postingsSpace.forEach(
        (key, address, bytes) -> {
          if (isTerm(key)) {
            whole[0] &= terms.adopt(key, address, bytes, most);
          }
        });
    postingsSpace.forEach(
        (key, address, bytes) -> {
          if (whole[0] && !isTerm(key)) {
            whole[0] =
                adoptContainer(key, address, bytes) && (closed || writer.sumUp(key, address));
          }
        });
    rowsSpace.forEach(
        (key, address, bytes) -> whole[0] = whole[0] && rows.adopt(key, address, bytes));
    if (!whole[0] || !(closed || rows.sumUp())) {
      return false;
    }
    rows.adopted(savedKeys);
    return true;
  }

  private static boolean isTerm(long key) {
    return (key & TermDirectory.RECORD) == TermDirectory.RECORD;
  }

  private boolean adoptContainer(long key, long address, long bytes) {
    long record = terms.byId((int) (key >>> 32));
    if (record == 0 || !writer.adopt(key, address, bytes)) {
      return false;
    }
    terms.addCardinality(record, ContainerReader.count(ContainerReader.meta(address)));
    TermDirectory.widen(record, (int) ContainerWriter.directoryKey(key));
    return true;
  }

  private static int rowChunkBytes(int[] widths) {
    return RowBlocks.chunkBytes(RowStore.stride(widths));
  }

  private EntryFile newFile(StateFile.Kind kind, EntryFile.Size size) {
    int number = nextNumber++;
    Path path = StateFile.path(directory, kind, number);
    EntryFile made = null;
    try {
      made =
          Apart.call(
              () -> {
                Files.deleteIfExists(path);
                EntryFile file = new EntryFile(path, size);
                int check = headerCheck(path);
                files.add(new StateFile.Entry(kind, number, size, check, Files.size(path), 0));
                state.files(files);
                return file;
              });
      return made;
    } catch (IOException e) {
      throw new UncheckedIOException("index file cannot be created", e);
    } catch (InternalError e) { // it was mapped before it had room
      throw new UncheckedIOException("index file cannot be created", new IOException(e));
    } finally {
      if (made == null) {
        deleteQuietly(path); // what it has of the device
      }
    }
  }

  private static int headerCheck(Path path) throws IOException {
    int length = headerLength(path) + FILE_STATE_BYTES;
    return StateFile.checksum(path, Math.min(length, Files.size(path)));
  }

  private static int headerLength(Path path) throws IOException {
    byte[] start = new byte[HEADER_LENGTH_AT + Integer.BYTES];
    try (InputStream in = Files.newInputStream(path)) {
      in.readNBytes(start, 0, start.length);
    }
    int length =
        ByteBuffer.wrap(start).order(ByteOrder.LITTLE_ENDIAN).getInt(HEADER_LENGTH_AT)
            & 0x3FFF_FFFF;
    return start.length + Math.min(length, HEADER_BYTES_MAX);
  }

  /** Chronicle reads types by name from a header; a file of unknown origin may not choose them. */
  private static boolean isOwnHeader(Path path) throws IOException {
    byte[] header;
    try (InputStream in = Files.newInputStream(path)) {
      header = in.readNBytes(headerLength(path));
    }
    if (header.length <= HEADER_LENGTH_AT + Integer.BYTES) {
      return false;
    }
    Matcher types =
        TYPE.matcher(new String(header, 12, header.length - 12, StandardCharsets.ISO_8859_1));
    while (types.find()) {
      if (!HEADER_TYPES.contains(types.group())) {
        return false;
      }
    }
    return true;
  }

  TermDirectory terms() {
    return terms;
  }

  ContainerReader reader() {
    return reader;
  }

  ContainerWriter writer() {
    return writer;
  }

  RowStore rows() {
    return rows;
  }

  int nextNumber() {
    return nextNumber;
  }

  /** Sizes of what is in use. */
  PostingIndex.Stats stats(long watermark) {
    long entries = postingsSpace.usedBytes() + rowsSpace.usedBytes();
    long directories =
        postingsSpace.listBytes()
            + rowsSpace.listBytes()
            + containers.bytes()
            + terms.bytes()
            + preImage.bytes()
            + rows.directoryBytes();
    return new PostingIndex.Stats(
        terms.withOrdinals(),
        containers.live(),
        rows.rows(),
        entries + directories,
        entries,
        watermark);
  }

  /** Unmaps the files. */
  void close() {
    postingsSpace.close();
    rowsSpace.close();
  }

  /**
   * Unmaps the files, writes them through, enters their checksums in the state, and writes beside
   * them what spares the next open to gather it: their entries only where they are so many at most.
   */
  void closeAndSeal(long mostListed) throws IOException {
    ByteBuffer lists;
    try {
      lists = lists(mostListed);
    } finally {
      close();
    }
    for (int i = 0; i < files.size(); i++) {
      StateFile.Entry file = files.get(i);
      Path path = file.path(directory);
      try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
        channel.force(false);
      }
      long length = Files.size(path);
      files.set(i, file.closed(length, StateFile.checksum(path, length)));
    }
    int check = state.files(files);
    writeSide(SideFile.ENTRIES, check, lists);
    // no open reads the keys without the lists
    writeSide(SideFile.KEYS, check, lists == null ? null : rows.savedKeys());
  }

  private void writeSide(String name, int listCheck, ByteBuffer body) {
    if (body != null) {
      SideFile.write(directory.resolve(name), listCheck, body);
    } else {
      deleteQuietly(directory.resolve(name));
    }
  }

  /**
   * What entries the files hold, in the order of the files; null where that is not listed, as where
   * the JVM has no room for it: that must not keep the files from being sealed.
   */
  private ByteBuffer lists(long most) {
    if (entries() > most) {
      return null;
    }
    try {
      List<EntryList> lists = gatherLists();
      return lists == null ? null : written(lists);
    } catch (OutOfMemoryError e) {
      return null;
    }
  }

  private static ByteBuffer written(List<EntryList> lists) {
    long bytes = lists.stream().mapToLong(EntryList::writtenBytes).sum();
    ByteBuffer out = bytes > Integer.MAX_VALUE - Long.BYTES ? null : SideFile.room(bytes);
    if (out == null) {
      return null;
    }
    lists.forEach(list -> list.write(out));
    return out.flip();
  }

  /** Null where the entries of a file cannot be listed. */
  private List<EntryList> gatherLists() {
    List<EntryList> lists = new ArrayList<>();
    int[] next = new int[StateFile.Kind.values().length];
    for (StateFile.Entry file : files) {
      tellOfListing();
      EntryList list = space(file).files().get(next[file.kind().ordinal()]++).list();
      if (list == null) {
        return null;
      }
      lists.add(list);
    }
    return lists;
  }

  /**
   * Deletes the files' names, each once: what comes under such a name later is of somebody else.
   * What is mapped stays readable until {@link #close}.
   */
  void deleteFiles() {
    files.removeIf(file -> deleteQuietly(file.path(directory)));
  }

  /** Whether it is gone. */
  static boolean deleteQuietly(Path path) {
    try {
      Files.deleteIfExists(path);
      return true;
    } catch (IOException stillMapped) {
      return false; // some platforms refuse while a file is mapped; the next open deletes it
    }
  }
}
