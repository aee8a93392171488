package dev.quarry.tools.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.Task;
import dev.quarry.TaskStore;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Processes of the tool whose clock is set, between commands and amid one. Set back, it ends no
 * lease; set forward, it ends those that are over by it. What was committed keeps its order.
 */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD) // reads of pipes
class SteppedClockTest {
  private static final Duration SET_RIGHT = Duration.ZERO;
  private static final Duration DAY_BACK = Duration.ofDays(-1);
  private static final Duration DAY_ON = Duration.ofDays(1);
  private static final Duration HOUR = Duration.ofHours(1);
  private static final Pattern UNTIL = Pattern.compile("\"until\":\"([^\"]+)\"");

  @TempDir private Path directory;

  private final List<Process> processes = new ArrayList<>();
  private Duration offset = SET_RIGHT;

  /** The tool as {@code main} makes it, but for the clock: that of the system and a file's more. */
  static final class Tool {
    private Tool() {}

    public static void main(String[] args) {
      Path offset = Path.of(args[0]);
      Context context =
          new Context(
              Terminal.ofProcess(), TaskStore::open, () -> Instant.now().plus(read(offset)));
      System.exit(new Cli(context).run(Arrays.copyOfRange(args, 1, args.length)));
    }

    private static Duration read(Path offset) {
      try {
        return Duration.parse(Files.readString(offset));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private record Ended(int exitCode, String out, String err) {}

  @BeforeEach
  void setUp() throws IOException {
    setClock(SET_RIGHT);
    try (TaskStore store = TaskStore.open(directory.resolve("store"))) {
      store.insert(Task.builder("A", "t").build());
    }
  }

  @AfterEach
  void endProcesses() {
    processes.forEach(Process::destroyForcibly);
  }

  /** In one step, as a process may read it at any moment. */
  private void setClock(Duration from) throws IOException {
    offset = from;
    Path written = Files.writeString(directory.resolve("clock-new"), from.toString());
    Files.move(written, directory.resolve("clock"), StandardCopyOption.ATOMIC_MOVE);
  }

  private Process start(String... args) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx256m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
    String classPath =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    command.addAll(List.of("-cp", classPath, Tool.class.getName()));
    command.addAll(List.of(directory.resolve("clock").toString(), "--db", "store"));
    command.addAll(Arrays.asList(args));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectError(directory.resolve("errors-" + processes.size()).toFile());
    builder.environment().keySet().removeIf(name -> name.startsWith("QUARRY_"));
    Process process = builder.start();
    processes.add(process);
    return process;
  }

  private Ended run(String... args) throws Exception {
    Path errors = directory.resolve("errors-" + processes.size());
    Process process = start(args);
    process.getOutputStream().close();
    String out = new String(process.getInputStream().readAllBytes(), UTF_8);
    return new Ended(process.waitFor(), out, Files.readString(errors));
  }

  private String ok(String... args) throws Exception {
    Ended ended = run(args);
    assertThat(ended.exitCode()).as(ended.err()).isZero();
    return ended.out();
  }

  private void lost(String... args) throws Exception {
    Ended ended = run(args);
    assertThat(ended.err()).contains("the claim no longer holds");
    assertThat(ended.exitCode()).isEqualTo(ExitCode.CONFLICT);
  }

  private void nothingReady() throws Exception {
    Ended ended = run("claim", "--next", "--owner", "second");
    assertThat(ended.err()).contains("nothing ready (0 blocked, 1 claimed)");
    assertThat(ended.exitCode()).isEqualTo(ExitCode.NEGATIVE);
  }

  /** That a lease which was asked for after {@code before} ends behind {@code lease}, as set. */
  private void endsBehind(Duration lease, Instant before, String until) {
    assertThat(Instant.parse(until).minus(lease).minus(offset))
        .isBetween(before.truncatedTo(ChronoUnit.MICROS), Instant.now());
  }

  private static String lastLine(String out) {
    return out.lines().reduce((first, second) -> second).orElseThrow();
  }

  @Test
  void aClockSetBetweenCommandsEndsLeasesOnlyBySteppingOn() throws Exception {
    Instant before = Instant.now();
    String claimed =
        ok("claim", "A", "--owner", "me", "--lease", "1h", "--format", "csv", "--fields", "until");
    endsBehind(HOUR, before, lastLine(claimed));
    // an hour and a half later by the wall, but the clock was set back in between
    setClock(DAY_BACK.plusMinutes(90));
    nothingReady();
    before = Instant.now();
    String[] renew = {"renew", "A", "--token", "1", "--owner", "me", "--lease", "2h"};
    String renewed = ok(with(renew, "--format", "csv", "--fields", "until"));
    endsBehind(HOUR.multipliedBy(2), before, lastLine(renewed));
    setClock(DAY_BACK.plusMinutes(200));
    assertThat(ok("claim", "list", "--format", "csv", "--fields", "id,token,owner"))
        .isEqualTo("id,token,owner\nA,1,me\n");
    setClock(DAY_ON);
    lost(renew);
    assertThat(ok("ready", "created < now-12h", "--format", "csv", "--fields", "id"))
        .isEqualTo("id\nA\n");
    assertThat(
            ok("claim", "--next", "--owner", "second", "--format", "csv", "--fields", "id,token"))
        .isEqualTo("id,token\nA,2\n");
    // back to where the first lease would hold
    setClock(DAY_BACK.plusMinutes(100));
    lost("claim", "complete", "A", "--token", "1", "--owner", "me");
    assertThat(ok("claim", "complete", "A", "--token", "2", "--owner", "second")).contains("DONE");
    String columns = "sequence,cause";
    assertThat(ok("tail", "--from", "0", "--format", "csv", "--fields", columns))
        .isEqualTo("sequence,cause\n1,write\n2,claim\n4,expire\n5,claim\n6,complete\n");
    assertThat(ok("history", "A", "--format", "csv", "--fields", columns))
        .isEqualTo("sequence,cause\n6,complete\n5,claim\n4,expire\n2,claim\n1,write\n");
  }

  private static String[] with(String[] args, String... more) {
    String[] all = Arrays.copyOf(args, args.length + more.length);
    System.arraycopy(more, 0, all, args.length, more.length);
    return all;
  }

  @Test
  void aClockSetUnderACommandDoesToo() throws Exception {
    Process tail = start("tail", "-f", "--from", "0", "-n", "6", "--format", "jsonl");
    Process batch = start("batch", "--chunk", "1");
    try (BufferedReader out = batch.inputReader(UTF_8);
        BufferedReader followed = tail.inputReader(UTF_8)) {
      try (BufferedWriter in = batch.outputWriter(UTF_8)) {
        converse(in, out);
      }
      assertThat(out.readLine()).isNull();
      assertThat(batch.waitFor()).isEqualTo(ExitCode.NEGATIVE);
      List<String> told = followed.lines().toList();
      assertThat(tail.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(told.stream().map(line -> line.replaceAll(".*\"sequence\":(\\d+),.*", "$1")))
          .as(Files.readString(directory.resolve("errors-0")))
          .containsExactly("1", "2", "4", "5", "6", "7");
    }
    try (TaskStore store = TaskStore.open(directory.resolve("store"))) {
      assertThat(store.verify().problems()).isEmpty();
    }
  }

  private void converse(BufferedWriter in, BufferedReader out) throws IOException {
    Instant before = Instant.now();
    String first = answer(in, out, "{'op':'claim','owner':'me','lease':'1h'}");
    assertThat(first).contains("\"id\":\"A\"", "\"token\":1");
    endsBehind(HOUR, before, until(first));
    setClock(DAY_BACK.plusMinutes(90));
    assertThat(answer(in, out, "{'op':'claim','owner':'second'}")).contains("\"claims\":[]");
    before = Instant.now();
    String mine = "'id':'A','token':1,'owner':'me'";
    String renewed = answer(in, out, "{'op':'renew'," + mine + ",'lease':'2h'}");
    endsBehind(HOUR.multipliedBy(2), before, until(renewed));
    setClock(DAY_ON);
    assertThat(answer(in, out, "{'op':'renew'," + mine + "}"))
        .contains("the claim no longer holds");
    assertThat(answer(in, out, "{'op':'claim','owner':'second'}"))
        .contains("\"id\":\"A\"", "\"token\":2");
    setClock(DAY_BACK.plusMinutes(100));
    assertThat(answer(in, out, "{'op':'complete'," + mine + "}"))
        .contains("the claim no longer holds");
    assertThat(answer(in, out, "{'op':'complete','id':'A','token':2,'owner':'second'}"))
        .contains("DONE");
    assertThat(answer(in, out, "{'op':'insert','task':{'id':'B','title':'t'}}"))
        .contains("\"sequence\":7");
  }

  /** Writes a line with ' for " and reads what the tool answers. */
  private static String answer(BufferedWriter in, BufferedReader out, String line)
      throws IOException {
    in.write(line.replace('\'', '"') + "\n");
    in.flush();
    return out.readLine();
  }

  private static String until(String answer) {
    Matcher matcher = UNTIL.matcher(answer);
    assertThat(matcher.find()).as(answer).isTrue();
    return matcher.group(1);
  }
}
