package dev.quarry.internal.care.backup;

import dev.quarry.BackupInfo;
import dev.quarry.CorruptionException;
import dev.quarry.FormatVersionException;
import dev.quarry.StorageException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What one backup is made of: text, whose last line is the hash of all before it. Names are checked
 * when it is read, so that a manifest from elsewhere cannot lead out of the target.
 *
 * @param info the backup
 * @param files its files
 */
record Manifest(BackupInfo info, List<Entry> files) {
  private static final int FORMAT = 1;
  private static final long MAX_BYTES = 256L << 20;

  /** The last line: a word, the hash, and an end of line. */
  private static final int END_BYTES = 4 + 64 + 1;

  private static final int SHOWN_CHARS = 200;
  private static final String HEX = "[0-9a-f]{64}";
  private static final String NUMBER = "([0-9]{1,18})";

  /** What a store's file can be called; neither absolute nor with a way up. */
  private static final Pattern NAME =
      Pattern.compile("QUARRY|data/[A-Za-z0-9][A-Za-z0-9_.-]{0,99}");

  private static final Pattern FILE =
      Pattern.compile("file (\\S+) " + NUMBER + " (" + HEX + ") (" + HEX + "|-)");
  private static final Pattern HEAD =
      Pattern.compile(
          "backup "
              + NUMBER
              + "\ncreated (\\S+)\nstore (\\S{1,64})\nsequence "
              + NUMBER
              + "\ntasks "
              + NUMBER
              + "\nnew "
              + NUMBER
              + " "
              + NUMBER
              + "\n");

  /**
   * A file of a backup.
   *
   * @param name its path in the store's directory, with slashes
   * @param bytes its size
   * @param hash SHA-256 of its content, by which the pool names it
   * @param mark by which an unchanged file of the store is known again without reading it, or "-"
   */
  record Entry(String name, long bytes, String hash, String mark) {}

  byte[] encode() {
    StringBuilder text = new StringBuilder("quarry-backup " + FORMAT + "\n");
    text.append("backup ").append(info.number()).append('\n');
    text.append("created ").append(info.createdAt()).append('\n');
    text.append("store ").append(info.storeId()).append('\n');
    text.append("sequence ").append(info.sequence()).append('\n');
    text.append("tasks ").append(info.tasks()).append('\n');
    text.append("new ").append(info.newFiles()).append(' ').append(info.newBytes()).append('\n');
    for (Entry file : files) {
      text.append("file ").append(file.name()).append(' ').append(file.bytes()).append(' ');
      text.append(file.hash()).append(' ').append(file.mark()).append('\n');
    }
    return sealed(text.toString().getBytes(StandardCharsets.UTF_8));
  }

  /** The lines with their hash behind them. */
  static byte[] sealed(byte[] lines) {
    byte[] end = ("end " + Hashing.of(lines) + "\n").getBytes(StandardCharsets.UTF_8);
    byte[] whole = Arrays.copyOf(lines, lines.length + end.length);
    System.arraycopy(end, 0, whole, lines.length, end.length);
    return whole;
  }

  /** Reads a manifest's file. */
  static Manifest read(Path file) {
    byte[] bytes;
    try {
      if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS) || Files.size(file) > MAX_BYTES) {
        throw damaged(file, "it is no file, or too large");
      }
      bytes = Files.readAllBytes(file);
    } catch (IOException e) {
      throw new StorageException("a backup's manifest cannot be read", Map.of("file", file), e);
    }
    return decode(file, bytes);
  }

  /** The manifest that a file holds. */
  static Manifest decode(Path file, byte[] bytes) {
    byte[] lines = Arrays.copyOf(bytes, Math.max(0, bytes.length - END_BYTES));
    if (!Arrays.equals(sealed(lines), bytes)) {
      throw damaged(file, "its hash is wrong");
    }
    return parse(file, new String(lines, StandardCharsets.UTF_8));
  }

  private static Manifest parse(Path file, String text) {
    int line = text.indexOf('\n');
    String first = text.substring(0, Math.max(0, line));
    if (!first.matches("quarry-backup [0-9]{1,9}")) {
      throw damaged(file, "it is no manifest");
    }
    if (!first.equals("quarry-backup " + FORMAT)) {
      throw new FormatVersionException(
          "the backup was made by a newer release of Quarry; restore it with that release",
          Map.of("file", file, "format", first.substring(14), "newestKnown", FORMAT));
    }
    String rest = text.substring(line + 1);
    Matcher head = HEAD.matcher(rest);
    if (!head.lookingAt()) {
      throw damaged(file, "its head cannot be read");
    }
    List<Entry> files = files(file, rest.substring(head.end()));
    try {
      BackupInfo info =
          new BackupInfo(
              Long.parseLong(head.group(1)),
              Instant.parse(head.group(2)),
              head.group(3),
              Long.parseLong(head.group(4)),
              Long.parseLong(head.group(5)),
              files.size(),
              bytes(file, files),
              (int) Math.min(Integer.MAX_VALUE, Long.parseLong(head.group(6))),
              Long.parseLong(head.group(7)));
      return new Manifest(info, files);
    } catch (DateTimeException e) {
      throw damaged(file, "its time cannot be read");
    }
  }

  private static long bytes(Path file, List<Entry> files) {
    long sum = 0;
    for (Entry entry : files) {
      sum += entry.bytes();
      if (sum < 0) {
        throw damaged(file, "its files are larger than any can be");
      }
    }
    return sum;
  }

  private static List<Entry> files(Path file, String lines) {
    List<Entry> entries = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (String line : lines.lines().toList()) {
      Matcher entry = FILE.matcher(line);
      if (!entry.matches()) {
        throw damaged(file, "a line cannot be read");
      }
      String name = entry.group(1);
      if (!NAME.matcher(name).matches() || name.contains("..") || !names.add(name)) {
        throw new CorruptionException(
            "a backup's manifest names a file that no store has; do not trust the backup",
            Map.of("file", file, "name", shown(name)));
      }
      entries.add(new Entry(name, Long.parseLong(entry.group(2)), entry.group(3), entry.group(4)));
    }
    if (!names.contains("QUARRY")) {
      throw damaged(file, "the store's format file is not in it");
    }
    return entries;
  }

  private static String shown(String name) {
    return name.length() > SHOWN_CHARS ? name.substring(0, SHOWN_CHARS) + "..." : name;
  }

  private static CorruptionException damaged(Path file, String why) {
    return new CorruptionException(
        "a backup's manifest is damaged; use another backup", Map.of("file", file, "why", why));
  }
}
