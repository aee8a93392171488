package dev.quarry.tools.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.Task;
import dev.quarry.TaskStore;
import dev.quarry.tools.Quarry;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command {@code serve}: its options, its process, its end. */
class ServeCommandTest {
  @TempDir private Path directory;

  private Runner quarry;

  @BeforeEach
  void setUp() {
    quarry = new Runner(directory).variable("QUARRY_DB", "store");
    try (TaskStore store = TaskStore.open(directory.resolve("store"))) {
      store.insert(Task.builder("T-1", "first").build());
    }
  }

  private Runner.Result usageError(String... args) {
    Runner.Result result = quarry.run(args);
    assertThat(result.exitCode()).as(result.err()).isEqualTo(ExitCode.USAGE);
    assertThat(result.out()).isEmpty();
    return result;
  }

  @Test
  void otherMachinesNeedATokenThatWasChosen() {
    for (String address : List.of("0.0.0.0", "::", "192.168.1.5")) {
      assertThat(usageError("serve", "--port", "0", "--bind", address).err())
          .contains("lets other machines in, and there is no token")
          .contains("next: --token-file FILE");
    }
  }

  @Test
  void wrongOptionsAreUsageErrors() throws IOException {
    Files.writeString(directory.resolve("empty"), "\n");
    Files.writeString(directory.resolve("large"), "x".repeat(5_000));
    assertThat(usageError("serve", "--port", "70000").err()).contains("--port must be 0 to 65535");
    assertThat(usageError("serve", "--token", "short").err()).contains("at least 16 characters");
    assertThat(usageError("serve", "--token", "spaces in a long token").err())
        .doesNotContain("spaces in a long token");
    assertThat(usageError("serve", "--token-file", "empty").err()).contains("at least 16");
    assertThat(usageError("serve", "--token-file", "large").err()).contains("too large");
    assertThat(usageError("serve", "--token-file", "none").err()).contains("cannot be read");
    assertThat(usageError("serve", "--token", "x".repeat(20), "--token-file", "empty").err())
        .contains("cannot stand together");
    assertThat(usageError("serve", "--bind", "no such host").err()).contains("--bind must be");
    assertThat(quarry.run("--db", "none", "serve").exitCode()).isEqualTo(ExitCode.NO_STORE);
  }

  @Test
  void aPortThatIsTakenIsSaid() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Runner.Result result = quarry.run("serve", "--port", "" + taken.getLocalPort());
      assertThat(result.exitCode()).isEqualTo(ExitCode.NEGATIVE);
      assertThat(result.err())
          .contains("error: cannot listen at 127.0.0.1 port " + taken.getLocalPort())
          .contains("why: Address already in use")
          .contains("next: --port 0");
    }
  }

  @Test
  void aTokenOfAFileIsTakenAndNotPrinted() throws Exception {
    String token = "token-of-the-file-0123456789";
    Files.writeString(directory.resolve("token"), token + "\n");
    AtomicReference<TaskStore> opened = new AtomicReference<>();
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    Terminal terminal =
        new Terminal(
            InputStream.nullInputStream(),
            OutputStream.nullOutputStream(),
            new PrintStream(said, true, StandardCharsets.UTF_8),
            false,
            false,
            false,
            Map.of("QUARRY_DB", "store"),
            directory);
    StoreOpener opener =
        options -> {
          opened.set(TaskStore.open(options));
          return opened.get();
        };
    Cli cli = new Cli(new Context(terminal, opener, InstantSource.system()));
    AtomicInteger exitCode = new AtomicInteger();
    Thread thread =
        new Thread(
            () -> exitCode.set(cli.run("serve", "--port", "0", "--token-file", "token", "-q")));
    thread.start();
    ServeFixture.until(() -> said.size() > 0);
    thread.interrupt();
    thread.join();
    assertThat(exitCode).hasValue(ExitCode.INTERRUPTED);
    assertThat(said.toString(StandardCharsets.UTF_8))
        .matches("serving \\S*store at http://127.0.0.1:\\d+/\n")
        .doesNotContain(token);
    assertThat(opened.get().isReadOnly()).isTrue();
  }

  private Process start(List<String> options, String... command) throws IOException {
    String classPath =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    List<String> line = new ArrayList<>();
    line.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    line.addAll(List.of("-Xmx256m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
    line.addAll(options);
    line.addAll(List.of("-cp", classPath, Quarry.class.getName(), "--db", "store"));
    line.addAll(List.of(command));
    return new ProcessBuilder(line).directory(directory.toFile()).redirectErrorStream(true).start();
  }

  @Test
  void aProcessThatIsInterruptedEndsAndSaidNothingElse() throws Exception {
    CtrlC.assumeThereIsOne();
    endsCleanly(CtrlC::end, ExitCode.INTERRUPTED);
  }

  @Test
  void aProcessThatIsToldToEndDoesAndSaidNothingElse() throws Exception {
    endsCleanly(
        process -> {
          process.toHandle().destroy(); // SIGTERM; the process's own would close what it still says
          assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        },
        0);
  }

  private interface Ending {
    void end(Process process) throws Exception;
  }

  private void endsCleanly(Ending ending, int exitCode) throws Exception {
    Process process = start(List.of(), "serve", "--port", "0");
    try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
      String first = out.readLine();
      assertThat(first)
          .matches("serving \\S*store at http://127.0.0.1:\\d+/\\?token=[A-Za-z0-9_-]{43}");
      assertThat(out.readLine()).isEqualTo("read-only; Ctrl-C ends it");
      HttpClient client =
          HttpClient.newBuilder().followRedirects(HttpClient.Redirect.NEVER).build();
      URI url = URI.create(first.substring(first.indexOf("http")));
      HttpResponse<String> entered =
          client.send(HttpRequest.newBuilder(url).build(), HttpResponse.BodyHandlers.ofString());
      assertThat(entered.statusCode()).isEqualTo(303);
      HttpResponse<String> task =
          client.send(
              HttpRequest.newBuilder(url.resolve("/api/tasks/T-1"))
                  .header("Cookie", entered.headers().firstValue("Set-Cookie").orElseThrow())
                  .build(),
              HttpResponse.BodyHandlers.ofString());
      assertThat(task.body()).contains("\"title\":\"first\"");
      // whoever writes is not in the way
      try (TaskStore store = TaskStore.open(directory.resolve("store"))) {
        store.insert(Task.builder("T-2", "second").build());
      }
      ending.end(process);
      assertThat(out.readLine()).isNull();
      assertThat(process.exitValue()).isEqualTo(exitCode);
    } finally {
      process.destroyForcibly();
    }
  }

  /** Calls that one limit counts, each with when it began and when its answer was there. */
  private static final class Calls {
    private final HttpClient client = HttpClient.newHttpClient();
    private final HttpRequest request;
    private final List<long[]> spans;

    Calls(URI url, String token, List<long[]> spans) {
      HttpRequest.Builder builder = HttpRequest.newBuilder(url);
      if (token != null) {
        builder.header("Authorization", "Bearer " + token);
      }
      this.request = builder.build();
      this.spans = spans;
    }

    private <T> HttpResponse<T> send(HttpResponse.BodyHandler<T> handler) throws Exception {
      long begun = System.nanoTime();
      HttpResponse<T> response = client.send(request, handler);
      spans.add(new long[] {begun, System.nanoTime()});
      return response;
    }

    /**
     * Calls until one is refused. As many as the limit were in the minute before it; where the
     * machine is slow, some may or may not have been, and the limit lies between the numbers.
     */
    private void assertRefusedBehind(int limit, int expected) throws Exception {
      int status = expected;
      while (status == expected) {
        status = send(HttpResponse.BodyHandlers.discarding()).statusCode();
      }
      assertThat(status).isEqualTo(429);
      long minute = TimeUnit.MINUTES.toNanos(1);
      long[] refused = spans.remove(spans.size() - 1);
      long certain = spans.stream().filter(span -> refused[1] - span[0] < minute).count();
      long possible = spans.stream().filter(span -> refused[0] - span[1] < minute).count();
      assertThat((long) limit).as("of %d calls", spans.size()).isBetween(certain, possible);
    }
  }

  /** The limits that the manual names are those of the command, not only of a server in a test. */
  @Test
  void theCommandsOwnLimitsAreTheDocumentedOnes() throws Exception {
    Process process = start(List.of(), "serve", "--port", "0");
    try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
      String first = out.readLine();
      URI url = URI.create(first.substring(first.indexOf("http")));
      String token = url.getQuery().substring("token=".length());
      new Calls(url.resolve("/api/count"), null, new ArrayList<>()).assertRefusedBehind(20, 401);
      List<long[]> spans = new ArrayList<>();
      List<HttpResponse<InputStream>> streams = new ArrayList<>();
      Calls opening = new Calls(url.resolve("/api/changes"), token, spans);
      while (streams.size() < 33) {
        streams.add(opening.send(HttpResponse.BodyHandlers.ofInputStream()));
      }
      assertThat(streams.subList(0, 32)).allMatch(response -> response.statusCode() == 200);
      assertThat(streams.get(32).statusCode()).as("of the 33rd stream").isEqualTo(429);
      new Calls(url.resolve("/api/count"), token, spans).assertRefusedBehind(100, 200);
    } finally {
      process.destroyForcibly();
    }
  }

  /** What a command that does not serve loads decides how soon it starts. */
  @Test
  void otherCommandsLoadNothingOfTheServer() throws Exception {
    Process process = start(List.of("-Xlog:class+load:file=loaded.txt"), "show", "T-1");
    assertThat(process.waitFor()).isZero();
    Pattern server =
        Pattern.compile(
            "\\b(io\\.javalin|org\\.eclipse\\.jetty|jakarta|kotlin|dev\\.quarry\\.tools\\.serving)\\.");
    List<String> loaded = Files.readAllLines(directory.resolve("loaded.txt"));
    assertThat(loaded).anyMatch(line -> line.contains("dev.quarry.tools.cli.ShowCommand"));
    assertThat(loaded.stream().filter(line -> server.matcher(line).find())).isEmpty();
  }

  @Test
  void theHelpHasExamples() {
    assertThat(quarry.run("serve", "--help").out())
        .contains("quarry --db tasks serve --port 0")
        .contains("/api/changes")
        .contains("--token-file=FILE");
  }
}
