package dev.quarry.internal.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.util.Environment;

/** RocksDB is told the C library that it would find itself. */
final class NativeLibraryTest {
  @TempDir Path directory;

  @Test
  @EnabledOnOs(OS.LINUX)
  void the_library_that_was_told_is_the_one_that_rocksdb_finds() throws Exception {
    NativeLibrary.load();
    Field told = Environment.class.getDeclaredField("MUSL_LIBC");
    told.setAccessible(true);
    Method find = Environment.class.getDeclaredMethod("initIsMuslLibc");
    find.setAccessible(true);
    assertThat(told.get(null)).isEqualTo(find.invoke(null));
    assertThat(NativeLibrary.isMusl(Path.of("/proc/self/maps"))).isEqualTo(told.get(null));
  }

  @Test
  void mappings_tell_it_or_nothing() throws Exception {
    assertThat(mapped("7f /lib/ld-musl-x86_64.so.1\n")).isTrue();
    assertThat(mapped("7f /usr/lib/x86_64-linux-gnu/libc.so.6\n")).isFalse();
    assertThat(mapped("7f /usr/lib/libother.so\n")).isNull();
    assertThat(NativeLibrary.isMusl(directory.resolve("absent"))).isNull();
  }

  private Boolean mapped(String text) throws Exception {
    return NativeLibrary.isMusl(Files.writeString(directory.resolve("maps"), text));
  }
}
