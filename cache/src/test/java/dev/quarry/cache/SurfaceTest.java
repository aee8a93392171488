package dev.quarry.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the module shows, and that Caffeine is not part of it. */
class SurfaceTest {

  @Test
  void onlyTheseTypesArePublic() throws Exception {
    assertThat(publicTypes()).containsExactlyInAnyOrder(RecordCache.class, CacheStats.class);
  }

  @Test
  void noSignatureNamesAForeignType() throws Exception {
    for (Class<?> type : publicTypes()) {
      for (Method method : type.getMethods()) {
        assertThat(method.toGenericString()).doesNotContain("benmanes");
      }
    }
  }

  private static List<Class<?>> publicTypes()
      throws URISyntaxException, java.io.IOException, ClassNotFoundException {
    Path root =
        Path.of(RecordCache.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    List<Class<?>> types = new ArrayList<>();
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".class")).toList()) {
        String path = root.relativize(file).toString();
        String name = path.substring(0, path.length() - ".class".length());
        if (name.endsWith("package-info")) {
          continue;
        }
        Class<?> type = Class.forName(name.replace(java.io.File.separatorChar, '.'));
        if (Modifier.isPublic(type.getModifiers())) {
          types.add(type);
        }
      }
    }
    return types;
  }
}
