package dev.quarry.tools.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.OpenMode;
import dev.quarry.TaskStore;
import dev.quarry.TaskStoreOptions;
import dev.quarry.tools.render.Output;
import dev.quarry.tools.render.OutputFormat;
import dev.quarry.tools.render.Style;
import dev.quarry.tools.serving.DashboardServer;
import dev.quarry.tools.serving.ServerSettings;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;

/** A store that is written, and a server that reads it. */
final class ServeFixture implements AutoCloseable {
  static final String TOKEN = "a-token-of-the-tests";

  private static final Duration SOON = Duration.ofSeconds(60);

  final TaskStore writer;
  final TaskStore reader;
  final DashboardServer server;
  final HttpClient client = HttpClient.newHttpClient();

  ServeFixture(Path directory, UnaryOperator<ServerSettings> change) {
    this(directory, change, options -> options);
  }

  ServeFixture(
      Path directory,
      UnaryOperator<ServerSettings> change,
      UnaryOperator<TaskStoreOptions.Builder> options) {
    Path db = directory.resolve("store");
    writer = TaskStore.open(options.apply(TaskStoreOptions.builder(db)).build());
    reader =
        TaskStore.open(
            options.apply(TaskStoreOptions.builder(db)).mode(OpenMode.READ_ONLY).build());
    ServerSettings settings =
        ServerSettings.of(InetAddress.getLoopbackAddress(), "127.0.0.1", 0, TOKEN)
            .withLimits(8, 100_000, 100_000);
    server = DashboardServer.start(change.apply(settings), new ServedStore(session(db), reader));
  }

  private static Session session(Path db) {
    OutputStream nowhere = OutputStream.nullOutputStream();
    Terminal terminal =
        new Terminal(
            new ByteArrayInputStream(new byte[0]),
            nowhere,
            new PrintStream(nowhere, true, StandardCharsets.UTF_8),
            false,
            false,
            false,
            Map.of(),
            db);
    SessionOptions options =
        new SessionOptions(
            db, null, OutputFormat.TABLE, false, new Style(false), List.of(), 0, null, false);
    return new Session(
        new Context(terminal, TaskStore::open, InstantSource.system()),
        options,
        new Output(nowhere));
  }

  URI uri(String path) {
    return URI.create("http://127.0.0.1:" + server.port() + path);
  }

  /** A request of one who knows the token. */
  HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(uri(path))
        .timeout(SOON)
        .header("Authorization", "Bearer " + TOKEN);
  }

  HttpResponse<String> get(String path) {
    return send(request(path));
  }

  HttpResponse<String> getWithoutToken(String path) {
    return send(HttpRequest.newBuilder(uri(path)).timeout(SOON));
  }

  HttpResponse<String> send(HttpRequest.Builder request) {
    try {
      return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** What the server answers to these lines, up to the end of the connection. */
  String raw(String... lines) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
      String text = String.join("\r\n", lines) + "\r\nConnection: close\r\n\r\n";
      socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
      ByteArrayOutputStream answer = new ByteArrayOutputStream();
      socket.getInputStream().transferTo(answer);
      return answer.toString(StandardCharsets.UTF_8);
    }
  }

  SseReader changes(String parameters, String lastEventId) {
    HttpRequest.Builder request = request("/api/changes" + parameters);
    if (lastEventId != null) {
      request.header("Last-Event-ID", lastEventId);
    }
    try {
      return new SseReader(client.send(request.build(), HttpResponse.BodyHandlers.ofInputStream()));
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  static void until(BooleanSupplier condition) {
    long deadline = System.nanoTime() + SOON.toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("deadline").isLessThan(deadline);
      try {
        TimeUnit.MILLISECONDS.sleep(5);
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
  }

  @Override
  public void close() {
    server.close();
    reader.close();
    writer.close();
  }
}
