package dev.quarry.internal.care.backup;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.BackupInfo;
import dev.quarry.Backups;
import dev.quarry.Campaign;
import dev.quarry.CorruptionException;
import dev.quarry.FormatVersionException;
import dev.quarry.Mutations;
import dev.quarry.StorageException;
import dev.quarry.Task;
import dev.quarry.TaskStore;
import dev.quarry.TaskStoreException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Manifests of backups that somebody made up, also with a right hash, which is no secret: they are
 * refused, or name what a store can have.
 */
class HostileManifestTest {
  private static final int SHOWN = 2_000;
  private static final List<String> NUMBERS =
      List.of(
          "-1",
          "-9223372036854775808",
          "9223372036854775807",
          "9223372036854775808",
          "999999999999999999",
          "9".repeat(500),
          "00000000000000000000007",
          "0x10",
          "1e9",
          "+5",
          "\u0661\u0662",
          "");
  private static final List<String> NAMES =
      List.of(
          "../QUARRY",
          "/etc/passwd",
          "data/../../x.sst",
          "data/..",
          "data/.",
          "data/",
          "data/a/b",
          "data//000001.sst",
          "data\\000001.sst",
          "C:\\x",
          "QUARRY/x",
          "quarry.lock",
          "index/index.state",
          "data/\u0000",
          "data/\u202egpj.sst",
          "data/\u0430bc.sst",
          "data/\ud800",
          "data/" + "x".repeat(101),
          "data/" + "../".repeat(300) + "x",
          "data/a%2f..%2fb",
          "QUARRY");
  private static final List<String> TIMES =
      List.of(
          "+1000000000-12-31T23:59:59Z",
          "2026-02-30T00:00:00Z",
          "2026-01-01T24:00:00Z",
          "2026-01-01T00:00:60Z",
          "9".repeat(3_000),
          "now");
  private static final List<String> LINES =
      List.of(
          "end " + "0".repeat(64),
          "end ",
          "quarry-backup 1",
          "quarry-backup 2",
          "quarry-backup 99999999999",
          "backup 1",
          "file",
          "file data/x 1 " + "0".repeat(64) + " -",
          "file data/x 1 " + "0".repeat(64) + " - -",
          "\u2028",
          "\ufeff",
          "\u0000");

  @TempDir Path directory;

  private static List<String> real() {
    List<String> texts = new ArrayList<>();
    for (int files : new int[] {1, 4, 60}) {
      List<Manifest.Entry> entries = new ArrayList<>();
      entries.add(new Manifest.Entry("QUARRY", 80, "ab".repeat(32), "-"));
      for (int i = 1; i < files; i++) {
        String hash = Integer.toHexString(0x1000 + i).repeat(16);
        entries.add(new Manifest.Entry("data/00" + i + ".sst", 1_000L * i, hash, hash));
      }
      Instant at = Instant.parse("2026-11-20T23:15:00.123456Z");
      BackupInfo info = new BackupInfo(7, at, "store-1", 99, 40, files, 1, 2, 3);
      String text = new String(new Manifest(info, entries).encode(), StandardCharsets.UTF_8);
      texts.add(text.substring(0, text.lastIndexOf("end ")));
    }
    return texts;
  }

  private static <T> T any(List<T> of, SplittableRandom random) {
    return of.get(random.nextInt(of.size()));
  }

  /** Its lines, changed; with the hash that belongs to them, or with none that does. */
  private static byte[] input(List<String> real, SplittableRandom random) {
    String text = any(real, random);
    if (random.nextInt(4) == 0) {
      List<byte[]> others = real.stream().map(t -> t.getBytes(StandardCharsets.UTF_8)).toList();
      byte[] changed = Mutations.some(text.getBytes(StandardCharsets.UTF_8), others, random);
      text = new String(changed, StandardCharsets.ISO_8859_1);
    } else {
      List<String> lines = new ArrayList<>(text.lines().toList());
      for (int k = 1 << random.nextInt(4); k > 0; k--) {
        change(lines, random);
      }
      text = String.join(random.nextInt(50) == 0 ? "\r\n" : "\n", lines) + "\n";
    }
    byte[] body = text.getBytes(StandardCharsets.UTF_8);
    if (random.nextInt(8) == 0) {
      return Mutations.some(Manifest.sealed(body), List.of(body), random);
    }
    return Manifest.sealed(body);
  }

  private static void change(List<String> lines, SplittableRandom random) {
    if (lines.isEmpty()) {
      lines.add(any(LINES, random));
      return;
    }
    int at = random.nextInt(lines.size());
    int other = random.nextInt(lines.size());
    String line = lines.get(at);
    switch (random.nextInt(12)) {
      case 11 -> { // everywhere, so that sums are large, too
        String number = any(NUMBERS, random);
        lines.replaceAll(l -> l.replaceFirst("(file \\S+) [0-9]+ ", "$1 " + number + " "));
      }
      case 0 -> lines.add(other, line); // twice
      case 1 -> lines.remove(at);
      case 2 -> Collections.swap(lines, at, other);
      case 3, 4 -> lines.set(at, withWord(line, any(NUMBERS, random), random));
      case 5, 6 -> lines.set(at, withWord(line, any(NAMES, random), random));
      case 7 -> lines.set(at, withWord(line, any(TIMES, random), random));
      case 8 -> lines.add(at, any(LINES, random));
      case 9 -> lines.set(at, line.substring(0, random.nextInt(line.length() + 1)));
      default -> {
        // long lines are slow to hash: seldom
        int times = random.nextInt(400) == 0 ? 1 << 20 : random.nextInt(200);
        String repeated = any(List.of("x", " ", "9", "../", "file ", "\u00e9"), random);
        lines.set(at, line + repeated.repeat(times / repeated.length()));
      }
    }
  }

  private static String withWord(String line, String word, SplittableRandom random) {
    String[] words = line.split(" ", -1);
    words[random.nextInt(words.length)] = word;
    return String.join(" ", words);
  }

  private static void tryIt(byte[] bytes) {
    Path file = Path.of("7.manifest");
    Manifest manifest;
    try {
      manifest = Manifest.decode(file, bytes);
    } catch (CorruptionException | FormatVersionException e) {
      check(!e.summary().isBlank() && e.getMessage().length() <= SHOWN, e.getMessage());
      return;
    }
    Path target = Path.of("/target");
    Set<Path> paths = new HashSet<>();
    long sum = 0;
    for (Manifest.Entry entry : manifest.files()) {
      Path path = target.resolve(entry.name()).normalize();
      boolean inside =
          path.equals(target.resolve("QUARRY")) || path.startsWith(target.resolve("data"));
      check(inside && paths.add(path), entry.name());
      check(entry.bytes() >= 0 && entry.hash().length() == 64, entry.toString());
      sum = Math.addExact(sum, entry.bytes());
    }
    BackupInfo info = manifest.info();
    check(info.bytes() == sum && info.files() == paths.size(), info.toString());
    check(Math.min(info.number(), Math.min(info.sequence(), info.tasks())) >= 0, info.toString());
    check(Arrays.equals(Manifest.decode(file, manifest.encode()).encode(), manifest.encode()), "");
  }

  private static void check(boolean holds, String what) {
    if (!holds) {
      throw new AssertionError(what.substring(0, Math.min(SHOWN, what.length())));
    }
  }

  @Test
  void hostileManifestsAreRefusedOrNameWhatAStoreHas() throws Exception {
    List<String> real = real();
    for (String text : real) {
      tryIt(Manifest.sealed(text.getBytes(StandardCharsets.UTF_8)));
    }
    new Campaign<byte[]>(random -> input(real, random), b -> b.length, HostileManifestTest::shown)
        .bytesPerByte(40)
        .run(91, 6_000, HostileManifestTest::tryIt);
  }

  private static String shown(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  /** Through all that reads manifests, with a directory around it. */
  @Test
  void whateverTheManifestNothingIsMadeOutsideTheTarget() throws Exception {
    Path backups = directory.resolve("backups");
    try (TaskStore store = TaskStore.open(directory.resolve("store"))) {
      store.insert(Task.builder("T", "t").build());
      store.backup(backups);
    }
    Path manifest = backups.resolve("backups").resolve("1.manifest");
    String text = Files.readString(manifest);
    List<String> real = List.of(text.substring(0, text.lastIndexOf("end ")));
    Set<Path> before = tree(directory);
    SplittableRandom random = new SplittableRandom(Campaign.seed(92));
    for (int i = 0; i < 60; i++) {
      byte[] bytes = input(real, random);
      Files.write(manifest, bytes);
      Path target = directory.resolve("target");
      Backups all = Backups.open(backups);
      boolean sound = outcome(() -> assertThat(all.verify(1)).isEmpty());
      boolean restored = outcome(() -> all.restore(1, target));
      outcome(all::list);
      assertThat(!restored || sound).as("execution %d: %s", i, shown(bytes)).isTrue();
      if (Files.exists(target)) {
        Set<Path> made = tree(target);
        made.remove(target);
        assertThat(made).as("execution %d", i).allMatch(p -> isOfStore(target, p));
        delete(target);
      }
      assertThat(tree(directory)).as("execution %d", i).isEqualTo(before);
    }
  }

  /** The lock stays behind in a directory that has become a store. */
  private static boolean isOfStore(Path target, Path path) {
    return path.equals(target.resolve("QUARRY"))
        || path.equals(target.resolve("quarry.lock"))
        || path.startsWith(target.resolve("data"));
  }

  /** Whether it did; it may also refuse. */
  private static boolean outcome(Runnable verb) {
    try {
      verb.run();
      return true;
    } catch (CorruptionException | FormatVersionException | StorageException e) {
      assertThat(e.getMessage()).hasSizeLessThan(SHOWN);
      return false;
    } catch (TaskStoreException e) {
      throw new AssertionError("not documented", e);
    } catch (AssertionError e) {
      return false; // of verify, which found something
    }
  }

  private static Set<Path> tree(Path root) throws IOException {
    try (Stream<Path> files = Files.walk(root)) {
      return new HashSet<>(files.filter(f -> !f.endsWith("backup.lock")).toList());
    }
  }

  private static void delete(Path root) throws IOException {
    try (Stream<Path> files = Files.walk(root)) {
      List<Path> paths = new ArrayList<>(files.toList());
      Collections.reverse(paths);
      for (Path path : paths) {
        Files.delete(path);
      }
    }
  }
}
