package dev.quarry;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The hello world of the README compiles, runs without any flag, and prints what it says. */
class ReadmeTest {
  private static final Pattern BLOCK =
      Pattern.compile("```java\\n(.*?)```.*?```text\\n(.*?)```", Pattern.DOTALL);

  @TempDir Path work;

  @Test
  void helloWorldPrintsWhatItSays() throws Exception {
    Matcher blocks = BLOCK.matcher(Samples.page("README.md"));
    assertThat(blocks.find()).as("README has a java block and its output").isTrue();
    Samples.compile("Hello", blocks.group(1), work.resolve("classes"));
    Path errors = work.resolve("errors");
    Path output = work.resolve("output");
    ProcessBuilder builder =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                work.resolve("classes")
                    + System.getProperty("path.separator")
                    + Samples.classPath(),
                "Hello")
            .directory(Files.createDirectory(work.resolve("cwd")).toFile())
            .redirectOutput(output.toFile())
            .redirectError(errors.toFile());
    Map<String, String> environment = builder.environment();
    environment.remove("JAVA_TOOL_OPTIONS");
    environment.remove("JDK_JAVA_OPTIONS");
    Process hello = builder.start();
    try {
      assertThat(hello.waitFor(2, TimeUnit.MINUTES)).as("it ends").isTrue();
    } finally {
      hello.destroyForcibly();
    }
    assertThat(errors).content(StandardCharsets.UTF_8).isEmpty();
    assertThat(lines(output)).isEqualTo(blocks.group(2).lines().toList());
    assertThat(hello.exitValue()).isZero();
  }

  private static List<String> lines(Path file) throws IOException {
    return Files.readAllLines(file, StandardCharsets.UTF_8);
  }
}
