package dev.quarry.bench.torture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quarry.bench.WrongAnswerException;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A child that hangs is ended, and its stacks tell where it hung. */
@Timeout(120)
class HangWatchTest {
  /** Says a word and waits for ever. */
  static final class Hanging {
    private Hanging() {}

    public static void main(String[] args) throws InterruptedException {
      System.out.println("begun");
      waitsForEver();
    }

    private static void waitsForEver() throws InterruptedException {
      new CountDownLatch(1).await();
    }
  }

  private static Process child() throws IOException {
    String classPath =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    return new ProcessBuilder(java, "-Xmx64m", "-cp", classPath, Hanging.class.getName())
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  /** What it says, once it has begun: its start may take longer than it is given to hang. */
  private static BufferedReader begun(Process child) throws IOException {
    BufferedReader in = child.inputReader(StandardCharsets.UTF_8);
    assertThat(in.readLine()).isEqualTo("begun");
    return in;
  }

  private static void readAll(BufferedReader in, HangWatch watch) throws IOException {
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      watch.heard(line);
    }
  }

  @Test
  void aHangingChildIsEndedWithItsStacks() throws Exception {
    Process child = child();
    try (BufferedReader in = begun(child);
        HangWatch watch = new HangWatch(child.toHandle(), Duration.ofSeconds(4))) {
      readAll(in, watch);
      assertThatThrownBy(watch::check)
          .isInstanceOf(WrongAnswerException.class)
          .hasMessageContaining("the child hung for PT4S")
          .hasMessageContaining("Hanging.waitsForEver");
    } finally {
      child.destroyForcibly();
    }
  }

  @Test
  void withoutTheToolTheChildPrintsItsStacks() throws Exception {
    Process child = child();
    Path none = Path.of("there-is-no-such-tool");
    try (BufferedReader in = begun(child);
        HangWatch watch = new HangWatch(child.toHandle(), Duration.ofSeconds(4), none)) {
      readAll(in, watch);
      assertThatThrownBy(watch::check)
          .hasMessageContaining("asked it by SIGQUIT")
          .hasMessageContaining("Hanging.waitsForEver");
    } finally {
      child.destroyForcibly();
    }
  }

  @Test
  void aChildThatIsKilledInTimeHasNotHung() throws Exception {
    Process child = child();
    try (HangWatch watch = new HangWatch(child.toHandle(), Duration.ofSeconds(60));
        BufferedReader in = child.inputReader(StandardCharsets.UTF_8)) {
      in.readLine();
      child.toHandle().destroyForcibly();
      readAll(in, watch);
      assertThatCode(watch::check).doesNotThrowAnyException();
    } finally {
      child.destroyForcibly();
    }
  }
}
