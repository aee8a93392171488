package dev.quarry.internal.codec;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.Task;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The codec prints nothing, not even through the JDK's own warnings; checked in a fresh JVM. */
class QuietCodecTest {
  /** What runs in the fresh JVM. */
  static final class Main {
    private Main() {}

    public static void main(String[] args) {
      RecordCodec codec = new RecordCodec();
      Task task = Task.builder("a", "b").tag("c").build();
      if (!codec.decode(codec.encode(task, 1)).equals(task)
          || System.getProperty("kryo.unsafe") != null) {
        throw new IllegalStateException("wrong");
      }
    }
  }

  @Test
  void printsNothing() throws Exception {
    String classPath =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    Path java = Path.of(System.getProperty("java.home"), "bin", "java");
    Process process =
        new ProcessBuilder(java.toString(), "-cp", classPath, Main.class.getName())
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(output).isEmpty();
    assertThat(process.waitFor()).isZero();
  }
}
