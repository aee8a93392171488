package dev.quarry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.internal.LeakProgram;
import dev.quarry.internal.change.FailingPollProgram;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What tasks contain stays out of the log, on every level; who forgot a handle stands there. */
@Timeout(240)
class LogContentTest {
  @TempDir Path directory;

  private List<String> run(Class<?> program) throws Exception {
    List<String> lines = new ArrayList<>();
    List<String> provider = List.of("-Dslf4j.provider=" + CapturedLogs.class.getName());
    try (ChildJvm child = new ChildJvm(provider, program, directory.resolve("store"))) {
      for (String line = child.line(); line != null; line = child.line()) {
        lines.add(line);
      }
      assertThat(child.exit()).as("%s", lines).isZero();
    }
    return lines;
  }

  @Test
  void noRecordHasAnythingOfATask() throws Exception {
    List<String> lines = run(LoggedProgram.class);
    assertThat(lines).contains("damage true", "repaired true", "end 2");
    List<String> records =
        lines.stream().filter(line -> line.startsWith(CapturedLogs.PREFIX)).toList();
    // what was left open is warned of, so records do arrive
    assertThat(records).anyMatch(line -> line.startsWith(CapturedLogs.PREFIX + "WARN"));
    assertThat(records).noneMatch(line -> line.contains(LoggedProgram.CONTENT));
  }

  @Test
  void aSnapshotThatIsClosedForItsIdlenessSaysWhoOpenedIt() throws Exception {
    List<String> lines = run(IdleProgram.class);
    assertThat(lines).contains("closed at 0");
    assertThat(lines)
        .filteredOn(line -> line.startsWith(CapturedLogs.PREFIX + "WARN"))
        .singleElement()
        .asString()
        .containsPattern("a snapshot that nobody used for \\d+ s is closed")
        .contains("IdleProgram.openedHere");
  }

  @Test
  void aTaskThatIsTooLargeForItsClaimIsWarnedOfOnce() throws Exception {
    List<String> lines = run(LargeClaimProgram.class);
    assertThat(lines).contains("got 5");
    assertThat(lines)
        .filteredOn(line -> line.startsWith(CapturedLogs.PREFIX + "WARN"))
        .singleElement()
        .asString()
        .contains("a task is too large", "ordinal 0");
  }

  @Test
  void aPollThatFailsIsWarnedOfOnceUntilOneSucceeds() throws Exception {
    List<String> lines = run(FailingPollProgram.class);
    assertThat(lines).contains("end");
    assertThat(lines)
        .filteredOn(line -> line.startsWith(CapturedLogs.PREFIX + "WARN"))
        .hasSize(2)
        .allMatch(line -> line.contains("the change feed could not go on and tries again"));
  }

  @Test
  void streamsThatWereDroppedAreClosedAndWarnedOf() throws Exception {
    List<String> lines = run(LeakProgram.class);
    assertThat(lines).contains("before: snapshots 0 versions 1");
    // the collector may be as quick as the program, but hardly in every round
    assertThat(lines)
        .anyMatch(line -> line.startsWith("dropped: ") && !line.contains("snapshots 0"))
        .anyMatch(line -> line.startsWith("dropped: ") && !line.endsWith("versions 1"));
    assertThat(lines).contains("after: open 0 snapshots 0 versions 1");
    assertThat(lines)
        .filteredOn(
            line ->
                line.startsWith(CapturedLogs.PREFIX + "WARN")
                    && line.contains("a cursor was never closed; it is closed now"))
        .hasSize(LeakProgram.STREAMS);
  }
}
