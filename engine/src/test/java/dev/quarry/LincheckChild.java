package dev.quarry;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jetbrains.lincheck.LincheckAssertionError;

/**
 * Runs Lincheck in a process of its own: the checker instruments every class of its process, which
 * other tests could not bear.
 */
public final class LincheckChild {
  private static final String HOLDS = "holds ";
  private static final String FOUND = "found ";

  private LincheckChild() {}

  /** One check, which throws where the class does not hold. */
  @FunctionalInterface
  public interface Check {
    /** Checks the class. */
    void of(Class<?> checked);
  }

  /** In the child: checks a class and says under this name whether it holds. */
  public static void tell(String name, Class<?> checked, Check check) {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    try {
      check.of(checked);
      out.println(HOLDS + name);
    } catch (LincheckAssertionError e) {
      out.println(FOUND + name + ": " + e.getMessage());
    } catch (Throwable e) { // neither; nobody reads the error stream
      out.println("ended " + name + ": " + e);
    }
  }

  /** In the test: the program says of all the right names that they hold, and of no wrong one. */
  public static void check(Class<?> program, List<String> right, List<String> wrong)
      throws Exception {
    List<String> lines = new ArrayList<>();
    try (ChildJvm child = new ChildJvm(program)) {
      for (String line = child.line(); line != null; line = child.line()) {
        lines.add(line);
      }
    }
    for (String name : right) {
      assertThat(lines).contains(HOLDS + name);
    }
    for (String name : wrong) {
      assertThat(lines).anyMatch(line -> line.startsWith(FOUND + name + ": "));
    }
  }
}
