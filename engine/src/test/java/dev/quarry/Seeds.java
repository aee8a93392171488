package dev.quarry;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.Arrays;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.AnnotationBasedArgumentsProvider;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.ArgumentsSource;
import org.junit.jupiter.params.support.ParameterDeclarations;
import org.opentest4j.TestAbortedException;

/**
 * A test that is run once with each of these seeds, or with that alone which {@code
 * -Dquarry.seed=N} gives. Whatever it fails by names the seed.
 */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@ParameterizedTest(name = "seed {0}")
@ArgumentsSource(Seeds.Given.class)
@ExtendWith(Seeds.Named.class)
public @interface Seeds {
  /** The seeds of the short form. */
  long[] value();

  /** The first seed behind those that the long form takes as well; 0 for no more than these. */
  long longUpTo() default 0;

  /** The seeds. */
  final class Given extends AnnotationBasedArgumentsProvider<Seeds> {
    @Override
    protected Stream<? extends Arguments> provideArguments(
        ParameterDeclarations parameters, ExtensionContext context, Seeds seeds) {
      return of(seeds, Long.getLong("quarry.seed")).mapToObj(Arguments::of);
    }

    static LongStream of(Seeds seeds, Long given) {
      if (given != null) {
        return LongStream.of(given);
      }
      return seeds.longUpTo() > 0 && Boolean.getBoolean("quarry.long")
          ? LongStream.range(1, seeds.longUpTo())
          : Arrays.stream(seeds.value());
    }
  }

  /** Puts the seed before what a test failed by: not every report shows the test's name. */
  final class Named implements TestExecutionExceptionHandler {
    @Override
    public void handleTestExecutionException(ExtensionContext context, Throwable failure)
        throws Throwable {
      if (failure instanceof TestAbortedException) {
        throw failure;
      }
      String seed = context.getDisplayName().replace("seed ", "-Dquarry.seed=");
      throw new AssertionError(seed + ": " + failure, failure);
    }
  }
}
