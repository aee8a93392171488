package dev.quarry.index;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An index in a Java process without a single flag: it works, prints nothing, leaves nothing. */
final class PlainJvmTest {
  @TempDir Path work;

  @Test
  void works_without_flags_and_prints_nothing() throws Exception {
    assertQuiet(List.of());
  }

  @Test
  void works_on_a_runtime_without_compiler() throws Exception {
    assertQuiet(
        List.of(
            "--limit-modules",
            "java.base,java.compiler,java.management,java.naming,jdk.unsupported"));
  }

  @Test
  void names_the_flags_where_the_runtime_forbids() throws Exception {
    Result result =
        run(List.of("--limit-modules", "java.base,java.compiler,java.management,java.naming"));
    assertThat(result.exit).isNotZero();
    assertThat(result.err)
        .contains("Start it with:")
        .contains("--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED")
        .contains("--add-opens=java.base/sun.nio.ch=ALL-UNNAMED");
  }

  private record Result(int exit, String out, String err) {}

  private void assertQuiet(List<String> flags) throws Exception {
    Result result = run(flags);
    assertThat(result.err).isEmpty();
    assertThat(result.out).isEmpty();
    assertThat(result.exit).isZero();
    assertThat(names(work.resolve("home"))).isEmpty();
    assertThat(names(work.resolve("cwd"))).isEmpty();
    assertThat(names(work.resolve("tmp"))).isEmpty();
    assertThat(names(work.resolve("index")))
        .allMatch(StateFile::isOwnName)
        .contains(StateFile.NAME);
  }

  private static List<String> names(Path directory) throws IOException {
    try (Stream<Path> found = Files.list(directory)) {
      return found.map(path -> path.getFileName().toString()).toList();
    }
  }

  private Result run(List<String> flags) throws Exception {
    for (String name : List.of("home", "cwd", "tmp")) {
      Files.createDirectories(work.resolve(name));
    }
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(flags);
    command.add("-Duser.home=" + work.resolve("home"));
    command.add("-Djava.io.tmpdir=" + work.resolve("tmp"));
    command.add("-cp");
    command.add(
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
    command.add(PlainJvmProgram.class.getName());
    command.add(work.resolve("index").toString());
    ProcessBuilder builder = new ProcessBuilder(command).directory(work.resolve("cwd").toFile());
    Map<String, String> environment = builder.environment();
    environment.put("HOME", work.resolve("home").toString());
    environment.remove("JAVA_TOOL_OPTIONS");
    environment.remove("JDK_JAVA_OPTIONS");
    Path out = work.resolve("out.txt");
    Path err = work.resolve("err.txt");
    Process process = builder.redirectOutput(out.toFile()).redirectError(err.toFile()).start();
    int exit = process.waitFor();
    return new Result(
        exit,
        Files.readString(out, StandardCharsets.UTF_8),
        Files.readString(err, StandardCharsets.UTF_8));
  }
}
