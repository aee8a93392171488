package dev.quarry.internal.storage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.ChildJvm;
import java.io.PrintStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A lock that nothing but its holder's close gives back. */
@Timeout(120)
class LockFileTest {
  @TempDir Path directory;

  private Path file() {
    return directory.resolve("lock");
  }

  private static String inOtherProcess(Path file) throws Exception {
    try (ChildJvm child = new ChildJvm(Taker.class, file)) {
      return child.line();
    }
  }

  /** Says whether it gets a lock. */
  static final class Taker {
    private Taker() {}

    public static void main(String[] arguments) throws Exception {
      PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
      try (LockFile lock = LockFile.tryAcquire(Path.of(arguments[0]))) {
        out.println(lock == null ? "held" : "free");
      }
    }
  }

  @Test
  void attemptsByAnyNameLeaveItWithItsHolder() throws Exception {
    Path alias = directory.resolve("alias");
    Path link = Files.createSymbolicLink(directory.resolve("link"), file());
    try (LockFile lock = LockFile.tryAcquire(file())) {
      assertThat(lock).isNotNull();
      Files.createLink(alias, file());
      for (Path name : new Path[] {file(), alias, link}) {
        assertThat(LockFile.tryAcquire(name)).isNull();
      }
      assertThat(inOtherProcess(file())).isEqualTo("held");
      assertThat(inOtherProcess(alias)).isEqualTo("held");
    }
    assertThat(inOtherProcess(file())).isEqualTo("free");
    LockFile again = LockFile.tryAcquire(alias);
    assertThat(again).isNotNull();
    again.close();
    again.close();
    assertThat(inOtherProcess(file())).isEqualTo("free");
  }

  @Test
  void aDeletedFileIsStillHeldInItsProcess() throws Exception {
    try (LockFile lock = LockFile.tryAcquire(file())) {
      assertThat(lock).isNotNull();
      Files.delete(file());
      assertThat(LockFile.tryAcquire(file())).isNull();
      assertThat(file()).doesNotExist();
    }
    try (LockFile lock = LockFile.tryAcquire(file())) {
      assertThat(lock).isNotNull();
    }
  }

  /** Such as this class of another loader, which knows nothing of what this one holds. */
  @Test
  void aLockOfOtherCodeOfTheProcessIsLeftToIt() throws Exception {
    try (FileChannel other =
        FileChannel.open(file(), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      assertThat(other.tryLock()).isNotNull();
      for (int i = 0; i < 3; i++) {
        assertThat(LockFile.tryAcquire(file())).isNull();
        System.gc(); // a channel that nobody kept would be closed by it
        assertThat(inOtherProcess(file())).isEqualTo("held");
      }
    }
    try (LockFile lock = LockFile.tryAcquire(file())) {
      assertThat(lock).isNotNull();
      assertThat(inOtherProcess(file())).isEqualTo("held");
    }
    assertThat(inOtherProcess(file())).isEqualTo("free");
  }
}
