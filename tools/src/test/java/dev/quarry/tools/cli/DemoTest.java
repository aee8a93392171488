package dev.quarry.tools.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.TaskStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The demo takes the place of an earlier one, and of nothing else. */
@Timeout(300)
final class DemoTest {
  @TempDir private Path directory;

  private Runner.Result run(int code, String... args) {
    Runner.Result result = new Runner(directory).run(args);
    assertThat(result.exitCode()).as(result.out() + result.err()).isEqualTo(code);
    return result;
  }

  private String count() {
    return run(0, "count", "--db", "demo-store").out();
  }

  @Test
  void onlyWhatADemoMadeIsReplaced() throws IOException {
    Path demo = directory.resolve("demo-store");
    assertThat(run(0, "demo").out()).contains("Done in").contains("The store is in demo-store");
    String tasks = count();

    try (TaskStore store = TaskStore.open(demo)) {
      assertThat(run(4, "demo").err()).contains("the store is locked by pid");
      assertThat(store.isReadOnly()).isFalse();
    }
    assertThat(count()).isEqualTo(tasks);
    Path foreign = Files.writeString(demo.resolve("notes.txt"), "mine");
    assertThat(run(7, "demo").err()).contains("not the store's: notes.txt");
    assertThat(foreign).hasContent("mine");
    Files.delete(foreign);

    run(0, "ready", "--db", "demo-store"); // and whoever only looks changes nothing
    run(0, "verify", "--deep", "--db", "demo-store");
    assertThat(run(0, "demo").out()).contains("Done in");
    assertThat(count()).isEqualTo(tasks);

    run(0, "add", "mine", "--id", "MINE", "--db", "demo-store");
    assertThat(run(7, "demo").err())
        .contains("will not replace the store of an earlier demo")
        .contains("no longer, those of a demo alone")
        .contains("quarry demo DIR");
    assertThat(run(0, "show", "MINE", "--db", "demo-store").out()).contains("mine");
  }

  @Test
  void whatNoDemoMadeStays() throws IOException {
    Path other = Files.createDirectories(directory.resolve("other"));
    Files.writeString(other.resolve("a.txt"), "mine");
    assertThat(run(7, "demo", "other").err()).contains("was not made by a demo");
    assertThat(other.resolve("a.txt")).hasContent("mine");
    run(0, "init", "own");
    Files.createFile(directory.resolve("own").resolve("DEMO"));
    run(0, "add", "mine", "--id", "MINE", "--db", "own");
    run(7, "demo", "own");
    run(0, "salvage", "own", "saved"); // which begins the change log anew
    Files.createFile(directory.resolve("saved").resolve("DEMO"));
    run(7, "demo", "saved");
    assertThat(run(0, "show", "MINE", "--db", "saved").out()).contains("mine");
  }
}
