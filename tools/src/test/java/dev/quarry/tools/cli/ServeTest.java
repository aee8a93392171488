package dev.quarry.tools.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.Priority;
import dev.quarry.Status;
import dev.quarry.Task;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The dashboard's calls over real HTTP; its streams are in {@link ServeStreamTest}. */
class ServeTest {
  private static final List<String> FILES =
      List.of("/", "/dashboard.css", "/dashboard.js", "/icon.svg");

  @TempDir private Path directory;

  private ServeFixture fixture;

  @AfterEach
  void tearDown() {
    if (fixture != null) {
      fixture.close();
    }
  }

  private ServeFixture start() {
    fixture = new ServeFixture(directory, settings -> settings);
    return fixture;
  }

  private void fill() {
    List<Task> tasks = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      Task.Builder task = Task.builder("T-" + i, "Task " + i).tag("t" + i % 3);
      tasks.add(task.priority(i % 2 == 0 ? Priority.HIGH : Priority.LOW).build());
    }
    fixture.writer.insertAll(tasks);
    fixture.writer.insert(Task.builder("a/b c", "Slash").dependency("T-1").build());
    fixture.writer.update("T-3", task -> task.withStatus(Status.DONE));
  }

  // ---- who is let in

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/",
        "/dashboard.js",
        "/api/tasks",
        "/api/tasks/T-1",
        "/api/changes",
        "/metrics",
        "/nowhere",
        "/api/tasks?token=" + ServeFixture.TOKEN
      })
  void withoutTokenNothingIsSaid(String path) {
    start();
    HttpResponse<String> answer = fixture.getWithoutToken(path);
    assertThat(answer.statusCode()).isEqualTo(401);
    assertThat(answer.body())
        .startsWith("{\"schema_version\":1,\"error\":{\"what\":\"the token is missing or wrong\"")
        .contains("\"next\":");
    assertThat(answer.headers().firstValue("Content-Type").orElseThrow())
        .startsWith("application/json");
    assertThat(answer.headers().firstValue("WWW-Authenticate")).contains("Bearer");
  }

  @Test
  void aWrongTokenIsNone() {
    start();
    for (String header : List.of("Bearer wrong", "Bearer ", "Basic " + ServeFixture.TOKEN, "x")) {
      HttpRequest.Builder request =
          HttpRequest.newBuilder(fixture.uri("/api/tasks")).header("Authorization", header);
      assertThat(fixture.send(request).statusCode()).as(header).isEqualTo(401);
    }
    HttpRequest.Builder cookie =
        HttpRequest.newBuilder(fixture.uri("/api/tasks"))
            .header("Cookie", "quarry_" + fixture.server.port() + "=wrong");
    assertThat(fixture.send(cookie).statusCode()).isEqualTo(401);
    assertThat(fixture.getWithoutToken("/?token=wrong").statusCode()).isEqualTo(401);
    assertThat(fixture.get("/api/tasks").statusCode()).isEqualTo(200);
  }

  @Test
  void theTokenOfTheUrlBecomesACookieThatNoScriptSees() {
    start();
    HttpResponse<String> first = fixture.getWithoutToken("/?token=" + ServeFixture.TOKEN);
    assertThat(first.statusCode()).isEqualTo(303);
    assertThat(first.headers().firstValue("Location")).contains("/");
    assertThat(first.body()).doesNotContain("<html");
    String cookie = first.headers().firstValue("Set-Cookie").orElseThrow();
    assertThat(cookie).contains("; HttpOnly").contains("SameSite=Strict").contains("Path=/");
    HttpRequest.Builder second =
        HttpRequest.newBuilder(fixture.uri("/")).header("Cookie", cookie.replaceFirst(";.*", ""));
    HttpResponse<String> page = fixture.send(second);
    assertThat(page.statusCode()).isEqualTo(200);
    assertThat(page.body()).startsWith("<!DOCTYPE html>");
  }

  @Test
  void noOtherOriginIsLetIn() {
    start();
    HttpResponse<String> answer =
        fixture.send(fixture.request("/api/tasks").header("Origin", "http://evil.example"));
    assertThat(answer.headers().map().keySet())
        .noneMatch(name -> name.toLowerCase(java.util.Locale.ROOT).startsWith("access-control"));
    HttpRequest.Builder preflight =
        fixture.request("/api/tasks").method("OPTIONS", HttpRequest.BodyPublishers.noBody());
    assertThat(fixture.send(preflight).statusCode()).isEqualTo(405);
  }

  @ParameterizedTest
  @CsvSource({
    "evil.example,421",
    "localhost.evil.example,421",
    "127.0.0.1.evil.example:80,421",
    "192.168.1.7,421",
    "'',400",
    "localhost,200",
    "LOCALHOST.:80,200",
    "127.0.0.1:8090,200",
    "[::1]:8090,200"
  })
  void anotherHostsNameIsRefused(String host, int status) throws IOException {
    start();
    String auth = "Authorization: Bearer " + ServeFixture.TOKEN;
    String answer = fixture.raw("GET /api/count HTTP/1.1", "Host: " + host, auth);
    assertThat(answer).startsWith("HTTP/1.1 " + status + " ");
    assertThat(answer.contains("\"count\":0")).isEqualTo(status == 200);
    String health = fixture.raw("GET /health HTTP/1.1", "Host: " + host);
    assertThat(health).startsWith("HTTP/1.1 " + status + " ");
  }

  @Test
  void aRequestWithoutHostIsRefused() throws IOException {
    start();
    String auth = "Authorization: Bearer " + ServeFixture.TOKEN;
    assertThat(fixture.raw("GET /api/count HTTP/1.0", auth)).contains(" 421 ");
  }

  @ParameterizedTest
  @CsvSource({"websocket", "h2c"})
  void nothingCanBeUpgraded(String protocol) throws IOException {
    start();
    for (String path : List.of("/", "/api/changes?policy=none", "/api/count")) {
      String answer =
          fixture.raw(
              "GET " + path + " HTTP/1.1",
              "Host: localhost",
              "Authorization: Bearer " + ServeFixture.TOKEN,
              "Upgrade: " + protocol,
              "Connection: Upgrade, HTTP2-Settings",
              "HTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA",
              "Sec-WebSocket-Version: 13",
              "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==");
      assertThat(answer).matches("(?s)HTTP/1.1 [24]0[0-9] .*");
    }
    assertThat(ServeTest.class.getClassLoader().getResource("org/eclipse/jetty/websocket"))
        .isNull();
    assertThat(ServeTest.class.getClassLoader().getResource("org/eclipse/jetty/ee10/websocket"))
        .isNull();
  }

  // ---- health and rates

  @Test
  void healthSaysUpAndWithAClosedStoreDown() {
    start();
    HttpResponse<String> up = fixture.getWithoutToken("/health");
    assertThat(up.statusCode()).isEqualTo(200);
    assertThat(up.body()).isEqualTo("{\"status\":\"UP\"}");
    fixture.reader.close();
    HttpResponse<String> down = fixture.getWithoutToken("/health");
    assertThat(down.statusCode()).isEqualTo(503);
    assertThat(down.body()).isEqualTo("{\"status\":\"DOWN\"}");
    assertThat(fixture.get("/api/count").statusCode()).isEqualTo(503);
  }

  @Test
  void callsBeyondTheRateAreTurnedAwayUntilAMinuteHasPassed() {
    AtomicLong clock = new AtomicLong(-5);
    fixture =
        new ServeFixture(
            directory, settings -> settings.withLimits(8, 100, 20).withClock(clock::get));
    for (int i = 0; i < 100; i++) {
      clock.addAndGet(Duration.ofMillis(10).toNanos());
      assertThat(fixture.get("/icon.svg").statusCode()).as("call " + i).isEqualTo(200);
    }
    HttpResponse<String> refused = fixture.get("/api/count");
    assertThat(refused.statusCode()).isEqualTo(429);
    assertThat(refused.headers().firstValue("Retry-After")).contains("60");
    assertThat(refused.body()).contains("at most 100 a minute").contains("\"next\":");
    // those who do not know the token have a rate of their own
    for (int i = 0; i < 20; i++) {
      String path = i % 2 == 0 ? "/health" : "/api/count";
      assertThat(fixture.getWithoutToken(path).statusCode()).isEqualTo(i % 2 == 0 ? 200 : 401);
    }
    assertThat(fixture.getWithoutToken("/health").statusCode()).isEqualTo(429);
    assertThat(fixture.getWithoutToken("/api/count").statusCode()).isEqualTo(429);
    clock.addAndGet(Duration.ofMillis(59_500).toNanos()); // the first is a minute ago
    assertThat(fixture.get("/api/count").statusCode()).isEqualTo(200);
    clock.addAndGet(Duration.ofMinutes(1).toNanos());
    for (int i = 0; i < 100; i++) {
      assertThat(fixture.get("/icon.svg").statusCode()).as("call " + i).isEqualTo(200);
    }
    assertThat(fixture.get("/icon.svg").statusCode()).isEqualTo(429);
  }

  // ---- what is said

  @Test
  void answersAreThoseOfTheCommands() {
    start();
    fill();
    Runner quarry = new Runner(directory).variable("QUARRY_DB", "store");
    String query = "tag = t1 order by priority desc, id";
    String q = ServeFixture.encoded(query);
    same(quarry, "/api/tasks?limit=7&q=" + q, "query", query, "-n", "7");
    same(quarry, "/api/tasks?fields=id,title", "list", "--fields", "id,title");
    same(quarry, "/api/tasks/T-3", "show", "T-3");
    same(quarry, "/api/tasks/a%2Fb%20c", "show", "a/b c");
    same(quarry, "/api/tasks/T-3/history", "history", "T-3");
    same(quarry, "/api/tasks/T-3/history?limit=1", "history", "T-3", "-n", "1");
    same(quarry, "/api/count", "count");
    same(quarry, "/api/count?by=status&q=" + q, "count", "tag = t1", "--by", "status");
    same(quarry, "/api/ready?limit=5", "ready", "-n", "5");
    assertThat(fixture.get("/api/stats").body())
        .startsWith("{\"schema_version\":1,\"data\":{\"tasks\":31,\"sequence\":3,");
  }

  private void same(Runner quarry, String path, String... command) {
    List<String> args = new ArrayList<>(List.of("--format", "json"));
    args.addAll(List.of(command));
    HttpResponse<String> answer = fixture.get(path);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    assertThat(answer.body()).isEqualTo(quarry.run(args.toArray(String[]::new)).out());
  }

  @Test
  void pagesGoOnBehindTheirToken() {
    start();
    fill();
    List<String> ids = new ArrayList<>();
    String after = "";
    Pattern id = Pattern.compile("\"id\":\"([^\"]+)\"");
    Pattern next = Pattern.compile("\"page\":\\{\"next\":\"([^\"]+)\"");
    while (after != null) {
      String page = fixture.get("/api/tasks?limit=9&fields=id&after=" + after).body();
      Matcher found = id.matcher(page);
      while (found.find()) {
        ids.add(found.group(1));
      }
      Matcher more = next.matcher(page);
      after = more.find() ? more.group(1) : null;
    }
    assertThat(ids).hasSize(31).doesNotHaveDuplicates();
  }

  @Test
  void theCommandThatShowsAnArchivedTaskIsOne() {
    start();
    fixture.writer.insert(Task.builder("OLD", "old").build());
    fixture.writer.archive(List.of("OLD"));
    HttpResponse<String> answer = fixture.get("/api/tasks/OLD");
    assertThat(answer.statusCode()).isEqualTo(404);
    assertThat(answer.body())
        .contains("\"next\":\"quarry show --include-archived OLD, or quarry restore OLD\"");
  }

  @Test
  void whatIsWrittenIsSeen() {
    start();
    fixture.writer.insert(Task.builder("NEW", "new").build());
    assertThat(fixture.get("/api/tasks/NEW").statusCode()).isEqualTo(200);
    fixture.writer.delete("NEW");
    assertThat(fixture.get("/api/tasks/NEW").statusCode()).isEqualTo(404);
  }

  @ParameterizedTest
  @CsvSource({
    "/api/tasks?q=statsu%20%3D%20TODO,400,unknown field `statsu` at column 1",
    "/api/tasks?limit=0,400,'limit must be 1 to 100, but is `0`'",
    "/api/tasks?limit=101,400,'limit must be 1 to 100, but is `101`'",
    "/api/tasks?limit=x,400,'limit must be 1 to 100, but is `x`'",
    "/api/tasks?fields=id%2Ctitel,400,unknown field `titel`; did you mean `title`?",
    "/api/tasks?after=abc,400,start again without after",
    "/api/tasks/nowhere,404,no task `nowhere`",
    "/api/tasks/nowhere/history,404,nowhere",
    "/api/count?by=statsu,400,unknown field `statsu`",
    "/api/changes?filter=statsu%20%3D%20TODO,400,unknown field `statsu` at column 1",
    "/api/changes?filter=ready,400,whether a task is ready is no part of a change",
    "/api/changes?from=-1,400,from cannot be `-1`",
    "/api/changes?rate=0,400,rate cannot be `0`",
    "/api/changes?policy=none,400,policy cannot be `none`",
    "/nowhere,404,''"
  })
  void whatIsWrongIsSaid(String path, int status, String text) {
    start();
    HttpResponse<String> answer = fixture.get(path);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
    assertThat(answer.body())
        .startsWith("{\"schema_version\":1,\"error\":{\"what\":\"")
        .contains(text);
    assertThat(answer.headers().firstValue("Content-Type").orElseThrow())
        .startsWith("application/json");
  }

  @Test
  void nothingButReadingIsOffered() {
    start();
    for (String method : List.of("POST", "PUT", "DELETE", "PATCH")) {
      HttpRequest.Builder request =
          fixture.request("/api/tasks").method(method, HttpRequest.BodyPublishers.ofString("{}"));
      assertThat(fixture.send(request).statusCode()).as(method).isEqualTo(405);
    }
  }

  @Test
  void aQueryThatTakesTooLongIs503() {
    fixture =
        new ServeFixture(
            directory, settings -> settings, options -> options.queryTimeout(Duration.ofNanos(1)));
    List<Task> tasks = new ArrayList<>();
    for (int i = 0; i < 5_000; i++) {
      tasks.add(Task.builder("T-" + i, "t").estimatedHours(1.0 * i).build());
    }
    fixture.writer.insertAll(tasks);
    HttpResponse<String> answer =
        fixture.get("/api/tasks?q=" + ServeFixture.encoded("estimated < 0"));
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(503);
    assertThat(answer.headers().firstValue("Retry-After")).contains("5");
  }

  @Test
  void aPageThatWouldBeTooLargeEndsBefore() {
    start();
    for (int i = 0; i < 4; i++) {
      fixture.writer.insert(Task.builder("L-" + i, "l").notes("x".repeat(5 << 20)).build());
    }
    String page = fixture.get("/api/tasks?limit=4").body();
    assertThat(page.length()).isLessThanOrEqualTo((int) ServedStore.MAX_ANSWER_BYTES);
    assertThat(page).contains("\"id\":\"L-2\"").doesNotContain("\"id\":\"L-3\"");
    assertThat(page).containsPattern("\"next\":\"[^\"]+\"");
    assertThat(fixture.get("/api/tasks?limit=4&fields=id").body()).contains("\"id\":\"L-3\"");
  }

  // ---- the page

  @Test
  void thePageLoadsNothingFromElsewhere() {
    start();
    for (String path : FILES) {
      HttpResponse<String> file = fixture.get(path);
      assertThat(file.statusCode()).as(path).isEqualTo(200);
      assertThat(file.headers().firstValue("Content-Security-Policy").orElseThrow())
          .startsWith("default-src 'self';")
          .doesNotContain("unsafe");
      assertThat(file.headers().firstValue("X-Content-Type-Options")).contains("nosniff");
      String text = file.body().replace("xmlns=\"http://www.w3.org/2000/svg\"", "");
      assertThat(text).as(path).doesNotContainPattern("(?i)https?:|['\"(]//|wss?:|@import");
    }
    String page = fixture.get("/").body();
    assertThat(page)
        .doesNotContainPattern("(?i)<style|\\sstyle=|\\son[a-z]+=|<script(?![^>]* src=)");
    Matcher links = Pattern.compile("(?:src|href)=\"([^\"]+)\"").matcher(page);
    List<String> linked = new ArrayList<>();
    while (links.find()) {
      linked.add("/" + links.group(1));
    }
    assertThat(linked).containsExactlyInAnyOrderElementsOf(FILES.subList(1, FILES.size()));
  }

  /** The page takes what waits from the other counts, for each is a walk over a large store. */
  @Test
  void whatWaitsIsBlockedAndTodoButForWhatIsReady() {
    start();
    fill();
    fixture.writer.insert(Task.builder("W", "t").dependency("T-1").build());
    fixture.writer.insert(Task.builder("B", "t").status(Status.BLOCKED).build());
    String script = fixture.get("/dashboard.js").body();
    Matcher waiting = Pattern.compile("WAITING = '([^']+)'").matcher(script);
    assertThat(waiting.find()).isTrue();
    assertThat(countOf(waiting.group(1)))
        .isPositive()
        .isEqualTo(countOf("status = BLOCKED") + countOf("status = TODO") - countOf("ready"));
    assertThat(script).doesNotContain("q: WAITING");
  }

  private int countOf(String query) {
    String body = fixture.get("/api/count?q=" + ServeFixture.encoded(query)).body();
    Matcher count = Pattern.compile("\"count\":(\\d+)").matcher(body);
    assertThat(count.find()).as(body).isTrue();
    return Integer.parseInt(count.group(1));
  }

  @Test
  void noTextOfATaskBecomesMarkup() throws IOException {
    start();
    String evil = "</script><script>alert(1)</script><img src=x onerror=alert(1)>";
    fixture.writer.insert(Task.builder("X", evil).notes(evil).build());
    for (String path : List.of("/api/tasks", "/api/tasks/X", "/api/tasks/X/history")) {
      HttpResponse<String> answer = fixture.get(path);
      assertThat(answer.body()).as(path).contains("alert(1)");
      assertThat(answer.headers().firstValue("Content-Type").orElseThrow())
          .startsWith("application/json");
      assertThat(answer.headers().firstValue("X-Content-Type-Options")).contains("nosniff");
    }
    HttpResponse<String> error = fixture.get("/api/tasks/" + ServeFixture.encoded("<script>"));
    assertThat(error.headers().firstValue("Content-Type").orElseThrow())
        .startsWith("application/json");
    String script = fixture.get("/dashboard.js").body();
    assertThat(script)
        .contains("textContent")
        .doesNotContainPattern(
            "innerHTML|outerHTML|insertAdjacent|document\\.write|eval\\(|Function\\(");
    try (InputStream in =
        getClass().getResourceAsStream("/dev/quarry/tools/serving/page/dashboard.js")) {
      assertThat(script).isEqualTo(new String(in.readAllBytes(), StandardCharsets.UTF_8));
    }
  }

  // ---- metrics

  @Test
  void metricsAreOfPrometheusForm() {
    start();
    fill();
    HttpResponse<String> answer = fixture.get("/metrics");
    assertThat(answer.headers().firstValue("Content-Type").orElseThrow())
        .startsWith("text/plain;version=0.0.4");
    PrometheusText metrics = PrometheusText.parse(answer.body());
    assertThat(metrics.value("quarry_tasks")).isEqualTo(31);
    assertThat(metrics.value("quarry_commits_total")).isEqualTo(3);
    assertThat(metrics.value("quarry_stream_subscribers")).isZero();
    assertThat(metrics.value("quarry_family_keys{family=\"records\"}")).isPositive();
    assertThat(metrics.value("quarry_memory_bytes{part=\"memtables\"}")).isPositive();
    assertThat(metrics.type("quarry_http_requests_total")).isEqualTo("counter");
    fixture.getWithoutToken("/metrics");
    PrometheusText later = PrometheusText.parse(fixture.get("/metrics").body());
    String refused = "quarry_http_requests_total{outcome=\"refused\"}";
    assertThat(later.value(refused)).isEqualTo(metrics.value(refused) + 1);
  }
}
