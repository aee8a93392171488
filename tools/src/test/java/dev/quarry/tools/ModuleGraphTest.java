package dev.quarry.tools;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which modules a module is built on: the store does not know its tool. */
class ModuleGraphTest {
  private static final Pattern DEPENDENCY =
      Pattern.compile(
          "<dependency>\\s*<groupId>dev\\.quarry</groupId>\\s*<artifactId>quarry-([a-z]+)<");

  @ParameterizedTest
  @CsvSource({
    "index,''",
    "cache,''",
    "engine,cache index",
    "bench,engine index",
    "tools,bench engine"
  })
  void modulesDependDownwardsOnly(String module, String lower) throws IOException {
    Matcher m = DEPENDENCY.matcher(Files.readString(Path.of("..", module, "pom.xml")));
    Set<String> found = new TreeSet<>();
    while (m.find()) {
      found.add(m.group(1));
    }
    assertThat(String.join(" ", found)).isEqualTo(lower);
  }
}
