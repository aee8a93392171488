package dev.quarry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.opentest4j.TestAbortedException;

/** A seed that is given takes the place of a test's own, and a failure names the seed. */
class SeedsTest {
  /** Its method is looked at, not run. */
  abstract static class Example {
    @Seeds({3, 4})
    abstract void example(long seed);
  }

  private static Seeds example() {
    Method method =
        Arrays.stream(Example.class.getDeclaredMethods())
            .filter(m -> m.getName().equals("example"))
            .findFirst()
            .orElseThrow();
    return method.getAnnotation(Seeds.class);
  }

  private static ExtensionContext named(String name) {
    return (ExtensionContext)
        Proxy.newProxyInstance(
            SeedsTest.class.getClassLoader(),
            new Class<?>[] {ExtensionContext.class},
            (proxy, method, arguments) -> name);
  }

  @Test
  void aGivenSeedTakesThePlaceOfTheOwn() {
    assertThat(Seeds.Given.of(example(), null).toArray()).containsExactly(3, 4);
    assertThat(Seeds.Given.of(example(), 77L).toArray()).containsExactly(77);
  }

  @Test
  void aFailureNamesTheSeed() {
    AssertionError cause = new AssertionError("red");
    assertThatThrownBy(
            () -> new Seeds.Named().handleTestExecutionException(named("seed 77"), cause))
        .isInstanceOf(AssertionError.class)
        .hasMessageStartingWith("-Dquarry.seed=77: ")
        .hasMessageContaining("red")
        .hasCause(cause);
    TestAbortedException aborted = new TestAbortedException();
    assertThatThrownBy(
            () -> new Seeds.Named().handleTestExecutionException(named("seed 77"), aborted))
        .isSameAs(aborted);
  }
}
