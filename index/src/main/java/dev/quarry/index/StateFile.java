package dev.quarry.index;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;
import org.agrona.BufferUtil;
import org.agrona.UnsafeApi;

/**
 * The file that says whether the others may be used: format, owner, what was going on, which
 * sequence is reflected, and the list of files. Mapped, so that a change of state is one store that
 * outlives the process; whether it outlived the machine is told by the identity of the boot.
 */
final class StateFile {
  static final String NAME = "index.state";

  /** Nothing is known to be whole: being opened, or changed. */
  static final int APPLYING = 1;

  /** Whole as of the watermark, unless the machine has gone down. */
  static final int IN_USE = 2;

  /** Closed: whole, and every file's checksum is in the list. */
  static final int CLEAN = 3;

  private static final long MAGIC = 0x7865_646E_4972_7251L;
  private static final int FORMAT = 2;
  private static final int BYTES = 8192;
  private static final int FORMAT_AT = 8;
  private static final int STATE_AT = 12;
  private static final int WATERMARK_AT = 16;
  private static final int SUM_AT = 24;
  private static final int OWNER_AT = 32;
  private static final int BOOT_AT = 64;
  private static final int BOOT_BYTES = 40;
  private static final int COUNT_AT = 104;
  private static final int CHECK_AT = 108;
  private static final int PROGRESS_CHECK_AT = 112;
  private static final int FILES_AT = 120;
  private static final int FILE_BYTES = 56;
  private static final int FILES_MAX = (BYTES - FILES_AT) / FILE_BYTES;

  /** What a file holds. */
  enum Kind {
    POSTINGS,
    ROWS
  }

  /**
   * One file of entries.
   *
   * @param kind what it holds
   * @param number names it
   * @param size its shape
   * @param headerCheck checksum of its header
   * @param length bytes
   * @param check checksum of its content; 0 while it is in use
   */
  record Entry(
      Kind kind, int number, EntryFile.Size size, int headerCheck, long length, int check) {
    /** The entry as it is while the file is in use. */
    Entry opened() {
      return closed(length, 0);
    }

    Entry closed(long fileLength, int fileCheck) {
      return new Entry(kind, number, size, headerCheck, fileLength, fileCheck);
    }

    Path path(Path directory) {
      return StateFile.path(directory, kind, number);
    }
  }

  /**
   * What was found on disk.
   *
   * @param state what was going on
   * @param boot the run of the operating system
   * @param watermark the sequence that is reflected
   * @param sum of all that the files held then; see {@link ContentSum}
   * @param files the others
   * @param listCheck checksum of their list
   */
  record Saved(int state, String boot, long watermark, long sum, List<Entry> files, int listCheck) {
    /** Whether the files hold what the watermark says, as far as this file can tell. */
    boolean isUsable(String bootNow) {
      return state == CLEAN || (state == IN_USE && !boot.isEmpty() && boot.equals(bootNow));
    }
  }

  private final Path directory;
  private final byte[] owner;

  /** Of the file, once it is made. */
  private ByteBuffer memory;

  private long base;
  private boolean made;

  /** The state {@link #APPLYING}, in memory alone until the file is made. */
  StateFile(Path directory, byte[] owner, String boot) {
    this.directory = directory;
    this.owner = owner;
    use(ByteBuffer.allocateDirect(BYTES));
    state(APPLYING);
    memory.putLong(0, MAGIC);
    memory.putInt(FORMAT_AT, FORMAT);
    progress(0, 0);
    memory.put(OWNER_AT, owner);
    memory.put(BOOT_AT, Arrays.copyOf(boot.getBytes(StandardCharsets.ISO_8859_1), BOOT_BYTES));
  }

  private void use(ByteBuffer bytes) {
    memory = bytes.order(ByteOrder.LITTLE_ENDIAN);
    base = BufferUtil.address(bytes);
  }

  /**
   * Creates the file and its directory, or takes over the one that is there; from now on it has
   * what is set here. Only while {@link #APPLYING}. Without effect once that has succeeded.
   */
  void make() throws IOException {
    if (made) {
      return;
    }
    Files.createDirectories(directory);
    MappedByteBuffer file;
    try (FileChannel channel =
        FileChannel.open(
            directory.resolve(NAME),
            StandardOpenOption.CREATE,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE)) {
      channel.truncate(BYTES); // a longer one would not be believed at the next open
      giveRoom(channel);
      file = channel.map(FileChannel.MapMode.READ_WRITE, 0, BYTES);
    }
    ByteBuffer before = memory;
    use(file);
    state(APPLYING); // before the rest of it
    memory.put(0, before, 0, BYTES);
    made = true;
  }

  /** Writes what is there, for a write through a mapping to a full device is a fault. */
  private static void giveRoom(FileChannel channel) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(BYTES);
    while (bytes.hasRemaining() && channel.read(bytes, bytes.position()) >= 0) {
      // read on
    }
    bytes.clear();
    while (bytes.hasRemaining()) {
      channel.write(bytes, bytes.position());
    }
  }

  byte[] owner() {
    return owner;
  }

  static Path path(Path directory, Kind kind, int number) {
    return directory.resolve((kind == Kind.POSTINGS ? "postings-" : "rows-") + number + ".map");
  }

  /** Whether a file name is one that an index gives. */
  static boolean isOwnName(String name) {
    return name.equals(NAME)
        || name.equals(SideFile.ENTRIES)
        || name.equals(SideFile.KEYS)
        || name.matches("(postings|rows)-[0-9]{1,9}\\.map");
  }

  /** Identifies the store, the schema and the byte order for which the files are good. */
  static byte[] owner(String identity, int[] widths) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(identity.getBytes(StandardCharsets.UTF_8));
      digest.update((byte) 0);
      digest.update(Arrays.toString(widths).getBytes(StandardCharsets.UTF_8));
      digest.update(ByteOrder.nativeOrder().toString().getBytes(StandardCharsets.UTF_8));
      return digest.digest();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("SHA-256 is missing", e);
    }
  }

  /** Names the run of the operating system; empty where that cannot be told. */
  static String bootId() {
    try {
      return Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip();
    } catch (IOException | RuntimeException unknown) {
      return "";
    }
  }

  /** Reads the file; null where there is none, or one of another owner or format, or damaged. */
  static Saved read(Path directory, byte[] owner) throws IOException {
    Path path = directory.resolve(NAME);
    if (!Files.isRegularFile(path) || Files.size(path) != BYTES) {
      return null;
    }
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(path)).order(ByteOrder.LITTLE_ENDIAN);
    byte[] foundOwner = new byte[owner.length];
    byte[] boot = new byte[BOOT_BYTES];
    if (bytes.capacity() != BYTES) {
      return null;
    }
    bytes.get(OWNER_AT, foundOwner).get(BOOT_AT, boot);
    int count = bytes.getInt(COUNT_AT);
    if (bytes.getLong(0) != MAGIC
        || bytes.getInt(FORMAT_AT) != FORMAT
        || !Arrays.equals(owner, foundOwner)
        || count < 0
        || count > FILES_MAX
        || bytes.getInt(CHECK_AT) != check(bytes, count)
        || bytes.getLong(PROGRESS_CHECK_AT)
            != check(bytes.getLong(WATERMARK_AT), bytes.getLong(SUM_AT))) {
      return null;
    }
    List<Entry> files = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int at = FILES_AT + i * FILE_BYTES;
      files.add(
          new Entry(
              bytes.getInt(at) == 1 ? Kind.ROWS : Kind.POSTINGS,
              bytes.getInt(at + 4),
              new EntryFile.Size(
                  bytes.getLong(at + 8),
                  bytes.getLong(at + 16),
                  bytes.getInt(at + 24),
                  bytes.getInt(at + 28)),
              bytes.getInt(at + 48),
              bytes.getLong(at + 32),
              bytes.getInt(at + 40)));
    }
    return new Saved(
        bytes.getInt(STATE_AT),
        new String(boot, StandardCharsets.ISO_8859_1).replace("\0", ""),
        bytes.getLong(WATERMARK_AT),
        bytes.getLong(SUM_AT),
        files,
        bytes.getInt(CHECK_AT));
  }

  private static int check(ByteBuffer bytes, int count) {
    CRC32C crc = new CRC32C();
    crc.update(bytes.duplicate().limit(FILES_AT + count * FILE_BYTES).position(FILES_AT));
    return (int) crc.getValue();
  }

  /** Sets the list of files, whose checksum it returns; only while {@link #APPLYING}. */
  int files(List<Entry> files) {
    if (files.size() > FILES_MAX) {
      throw new IllegalStateException("index has more files than its state can list");
    }
    int at = FILES_AT;
    for (Entry file : files) {
      memory.putInt(at, file.kind == Kind.ROWS ? 1 : 0);
      memory.putInt(at + 4, file.number);
      memory.putLong(at + 8, file.size.entries());
      memory.putLong(at + 16, file.size.chunks());
      memory.putInt(at + 24, file.size.chunkBytes());
      memory.putInt(at + 28, file.size.chunksPerEntry());
      memory.putLong(at + 32, file.length);
      memory.putInt(at + 40, file.check);
      memory.putInt(at + 48, file.headerCheck);
      at += FILE_BYTES;
    }
    int check = check(memory, files.size());
    memory.putInt(COUNT_AT, files.size());
    memory.putInt(CHECK_AT, check);
    return check;
  }

  /** Every store before this one is in the file before it, as the death of the process goes. */
  void state(int state) {
    UnsafeApi.storeFence();
    UnsafeApi.putIntRelease(null, base + STATE_AT, state);
    UnsafeApi.storeFence();
  }

  /** Sets what is reflected, and the sum over it; only while {@link #APPLYING}. */
  void progress(long watermark, long sum) {
    memory.putLong(WATERMARK_AT, watermark);
    memory.putLong(SUM_AT, sum);
    memory.putLong(PROGRESS_CHECK_AT, check(watermark, sum));
  }

  private static long check(long watermark, long sum) {
    return Hash.mix(Hash.mix(watermark + MAGIC) + sum);
  }

  void flush() {
    if (memory instanceof MappedByteBuffer file) {
      file.force();
    }
  }

  /** Checksum of the first {@code length} bytes of a file. */
  static int checksum(Path path, long length) {
    CRC32C crc = new CRC32C();
    ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 18);
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      long left = length;
      while (left > 0) {
        buffer.clear().limit((int) Math.min(left, buffer.capacity()));
        int n = channel.read(buffer);
        if (n < 0) {
          throw new IOException("index file is shorter than expected");
        }
        left -= n;
        crc.update(buffer.flip());
      }
    } catch (IOException e) {
      throw new UncheckedIOException("index file cannot be read", e);
    }
    return (int) crc.getValue();
  }
}
