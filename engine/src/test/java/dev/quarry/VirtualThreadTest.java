package dev.quarry;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.thirdparty.org.objectweb.asm.ClassReader;
import com.tngtech.archunit.thirdparty.org.objectweb.asm.ClassVisitor;
import com.tngtech.archunit.thirdparty.org.objectweb.asm.MethodVisitor;
import com.tngtech.archunit.thirdparty.org.objectweb.asm.Opcodes;
import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.io.TempDir;

/**
 * No monitor is held anywhere, so a virtual thread that waits never keeps its carrier from others.
 */
@Timeout(300)
class VirtualThreadTest {
  private static final int THREADS = 10_000;
  private static final int GETS = 10;
  private static final long PLANTED_NANOS = 1_000_000;

  @TempDir Path directory;

  @Test
  void noClassEntersAMonitor() throws Exception {
    List<String> monitors = new ArrayList<>();
    int classes = 0;
    for (String type :
        List.of(
            "dev.quarry.TaskStore",
            "dev.quarry.index.PostingIndex",
            "dev.quarry.cache.RecordCache")) {
      Path root =
          Path.of(Class.forName(type).getProtectionDomain().getCodeSource().getLocation().toURI());
      try (Stream<Path> files = Files.walk(root)) {
        for (Path file : files.filter(f -> f.toString().endsWith(".class")).toList()) {
          findMonitors(file, monitors);
          classes++;
        }
      }
    }
    assertThat(classes).isGreaterThan(150);
    assertThat(monitors).isEmpty();
  }

  private static void findMonitors(Path file, List<String> found) throws IOException {
    new ClassReader(Files.readAllBytes(file))
        .accept(
            new ClassVisitor(Opcodes.ASM9) {
              @Override
              public MethodVisitor visitMethod(
                  int access, String name, String type, String signature, String[] exceptions) {
                if ((access & Opcodes.ACC_SYNCHRONIZED) != 0) {
                  found.add(file.getFileName() + " " + name);
                }
                return new MethodVisitor(Opcodes.ASM9) {
                  @Override
                  public void visitInsn(int opcode) {
                    if (opcode == Opcodes.MONITORENTER) {
                      found.add(file.getFileName() + " " + name);
                    }
                  }
                };
              }
            },
            ClassReader.SKIP_DEBUG);
  }

  @Test
  @EnabledForJreRange(
      min = JRE.JAVA_21,
      disabledReason = "this JDK has no virtual threads; run the tests on 21 or later for this one")
  void tenThousandReadWithoutPinning() throws Exception {
    Path file = directory.resolve("pinned.jfr");
    try (TaskStore store =
            TaskStore.open(
                TaskStoreOptions.builder(directory.resolve("s")).recordCacheBytes(0).build());
        Recording recording = new Recording()) {
      List<Task> tasks = new ArrayList<>();
      for (int i = 0; i < 1_000; i++) {
        tasks.add(Task.builder("T-" + i, "t").build());
      }
      store.insertAll(tasks);
      for (int i = 0; i < 1_000; i++) { // else threads wait for each other's loading of classes
        assertThat(store.get("T-" + i)).isPresent();
      }
      begin(recording);
      read(store);
      recording.stop();
      recording.dump(file);
    }
    assertThat(ours(file)).isEmpty();
  }

  private static void begin(Recording recording) {
    recording.enable("jdk.VirtualThreadPinned").withoutThreshold().withStackTrace();
    recording.start();
  }

  private static List<RecordedEvent> ours(Path file) throws IOException {
    return RecordingFile.readAllEvents(file).stream().filter(VirtualThreadTest::isOurs).toList();
  }

  /** Planted: parks in its initializer, which the JVM runs in a frame of its own. */
  private static final class ParksWhileInitialised {
    static {
      LockSupport.parkNanos(PLANTED_NANOS);
    }

    private ParksWhileInitialised() {}

    static void use() {}
  }

  /** That the check above can fail: the same recording and the same filter see one pin. */
  @Test
  @EnabledForJreRange(
      min = JRE.JAVA_21,
      disabledReason = "this JDK has no virtual threads; run the tests on 21 or later for this one")
  void aPlantedPinIsSeen() throws Exception {
    Path file = directory.resolve("planted.jfr");
    try (Recording recording = new Recording()) {
      begin(recording);
      ExecutorService threads = virtualThreads();
      threads.submit(ParksWhileInitialised::use).get();
      threads.shutdown();
      recording.stop();
      recording.dump(file);
    }
    assertThat(ours(file)).isNotEmpty();
  }

  private static ExecutorService virtualThreads() throws Exception {
    // by reflection: the tests are compiled for 17
    Method factory = Executors.class.getMethod("newVirtualThreadPerTaskExecutor");
    return (ExecutorService) factory.invoke(null);
  }

  private static void read(TaskStore store) throws Exception {
    ExecutorService threads = virtualThreads();
    CountDownLatch all = new CountDownLatch(THREADS);
    List<Future<Integer>> found = new ArrayList<>();
    for (int i = 0; i < THREADS; i++) {
      int first = i;
      found.add(
          threads.submit(
              () -> {
                all.countDown();
                all.await(); // so that all of them are under way at once
                int n = 0;
                for (int k = 0; k < GETS; k++) {
                  n += store.get("T-" + (first + k * 97) % 1_000).isPresent() ? 1 : 0;
                }
                return n;
              }));
    }
    for (Future<Integer> future : found) {
      assertThat(future.get()).isEqualTo(GETS);
    }
    threads.shutdown();
  }

  private static boolean isOurs(RecordedEvent event) {
    return event.getStackTrace() != null
        && event.getStackTrace().getFrames().stream()
            .map(frame -> frame.getMethod().getType().getName())
            .anyMatch(
                name -> name.startsWith("dev.quarry.") && !name.endsWith("VirtualThreadTest"));
  }
}
