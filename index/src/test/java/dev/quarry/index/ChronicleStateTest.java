package dev.quarry.index;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import net.openhft.chronicle.hash.VanillaGlobalMutableState;
import net.openhft.chronicle.values.Values;
import org.junit.jupiter.api.Test;

/** The class shipped in advance is what Chronicle would generate. */
final class ChronicleStateTest {
  @Test
  void the_shipped_class_is_the_generated_one() throws Exception {
    ChronicleRuntime.start();
    Class<?> modelType = Class.forName("net.openhft.chronicle.values.ValueModel");
    Method create =
        Class.forName("net.openhft.chronicle.values.CodeTemplate")
            .getDeclaredMethod("createValueModel", Class.class);
    create.setAccessible(true);
    Object model = create.invoke(null, VanillaGlobalMutableState.class);
    Method generate =
        Class.forName("net.openhft.chronicle.values.Generators")
            .getDeclaredMethod("generateNativeClass", modelType, String.class);
    generate.setAccessible(true);
    String generated = (String) generate.invoke(null, model, "Native");
    String shipped =
        Files.readString(Path.of("src/main/java/dev/quarry/index/ChronicleState.java"));
    assertThat(body(shipped)).isEqualTo(body(generated) + "}");
  }

  /** From the name of the class on, without layout. */
  private static String body(String source) {
    return source.substring(source.indexOf("class Native")).replaceAll("\\s", "");
  }

  @Test
  void chronicle_takes_the_shipped_class() {
    ChronicleRuntime.start();
    assertThat(Values.nativeClassFor(VanillaGlobalMutableState.class))
        .isEqualTo(ChronicleState.Native.class);
  }
}
