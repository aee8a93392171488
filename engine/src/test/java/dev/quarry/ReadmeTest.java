package dev.quarry;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The hello world of the README compiles, runs without any flag, and prints what it says. */
class ReadmeTest {
  private static final Pattern BLOCK =
      Pattern.compile("```java\\n(.*?)```.*?```text\\n(.*?)```", Pattern.DOTALL);

  @TempDir Path work;

  @Test
  void helloWorldPrintsWhatItSays() throws Exception {
    Matcher blocks = BLOCK.matcher(Files.readString(readme()).replace("\r\n", "\n"));
    assertThat(blocks.find()).as("README has a java block and its output").isTrue();
    compile(blocks.group(1));
    Path errors = work.resolve("errors");
    Path output = work.resolve("output");
    ProcessBuilder builder =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                work.resolve("classes") + System.getProperty("path.separator") + classPath(),
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

  private void compile(String source) throws IOException {
    Path file = Files.writeString(work.resolve("Hello.java"), source);
    Path classes = Files.createDirectory(work.resolve("classes"));
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    StringWriter messages = new StringWriter();
    try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
      boolean compiled =
          compiler
              .getTask(
                  messages,
                  files,
                  null,
                  List.of("-proc:none", "-cp", classPath(), "-d", classes.toString()),
                  null,
                  files.getJavaFileObjects(file))
              .call();
      assertThat(compiled).as(messages.toString()).isTrue();
    }
  }

  private static String classPath() {
    return System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
  }

  /** In this module's parent directory, or above. */
  private static Path readme() {
    Path directory = Path.of("").toAbsolutePath();
    while (directory != null && !Files.isRegularFile(directory.resolve("README.md"))) {
      directory = directory.getParent();
    }
    assertThat(directory).as("directory of the README").isNotNull();
    return directory.resolve("README.md");
  }
}
