package dev.quarry;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/** Code in the pages for users: where it stands, and its compilation. */
final class Samples {
  private static final Pattern JAVA = Pattern.compile("```java\\n(.*?)```", Pattern.DOTALL);

  private Samples() {}

  /** The text of a page, named from the root of the project. */
  static String page(String name) throws IOException {
    Path directory = Path.of("").toAbsolutePath();
    while (directory != null && !Files.isRegularFile(directory.resolve("README.md"))) {
      directory = directory.getParent();
    }
    assertThat(directory).as("directory of the README").isNotNull();
    return Files.readString(directory.resolve(name)).replace("\r\n", "\n");
  }

  /** The code in a page, block by block. */
  static List<String> java(String page) {
    return JAVA.matcher(page).results().map(block -> block.group(1)).toList();
  }

  /** Compiles a class into {@code classes}, which is made. */
  static void compile(String name, String source, Path classes) throws IOException {
    Files.createDirectory(classes);
    Path file = Files.writeString(classes.resolve(name + ".java"), source);
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

  static String classPath() {
    return System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
  }
}
