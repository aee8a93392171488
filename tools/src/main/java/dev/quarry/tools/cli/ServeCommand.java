package dev.quarry.tools.cli;

import dev.quarry.OpenMode;
import dev.quarry.TaskStore;
import dev.quarry.TaskStoreOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Serves a dashboard until interrupted. */
@Command(
    description = {
      "Serve a dashboard to browsers of this machine, until interrupted: counts, tasks, changes as",
      "they happen. Only reads, beside whoever writes. Prints the URL to open, with a random token.",
      "  quarry --db tasks serve                    # http://127.0.0.1:8090/?token=...",
      "  quarry --db tasks serve --port 0           # any free port",
      "  quarry --db tasks serve --bind 192.168.1.5 --token-file FILE    # to other machines",
      "  curl -H 'Authorization: Bearer TOKEN' 'http://127.0.0.1:8090/api/tasks?q=ready&limit=5'",
      "Other paths: /api/tasks/ID, /api/count?by=status, /api/ready, /api/stats, /api/changes,",
      "/metrics for Prometheus, and /health, which needs no token."
    })
final class ServeCommand extends BaseCommand {
  private static final int DEFAULT_PORT = 8090;
  private static final int MAX_PORT = 65_535;
  private static final int MIN_TOKEN = 16;
  private static final int MAX_TOKEN_FILE_BYTES = 4_096;
  private static final String TOKEN_FORM = "[A-Za-z0-9._~-]{" + MIN_TOKEN + ",512}";

  /** Less than the time after which a connection without traffic is closed. */
  private static final Duration LONGEST_QUERY = Duration.ofSeconds(15);

  @Option(
      names = "--port",
      paramLabel = "N",
      description = "Default 8090; 0 for any free one, which is printed.")
  int port = DEFAULT_PORT;

  @Option(
      names = "--bind",
      paramLabel = "ADDRESS",
      description =
          "Where to listen; default this machine alone. Others can read along what goes over the"
              + " network: it is not encrypted.")
  String bind;

  @Option(
      names = "--token",
      paramLabel = "TOKEN",
      description = "What callers must know, which other users may see here; default random.")
  String token;

  @Option(names = "--token-file", paramLabel = "FILE", description = "A file with the token.")
  Path tokenFile;

  @Override
  int run(Session session) {
    if (port < 0 || port > MAX_PORT) {
      throw CliException.usage("--port must be 0 to " + MAX_PORT + ", but is " + port);
    }
    String given = givenToken(session);
    InetAddress address = address();
    if (!address.isLoopbackAddress() && given == null) {
      throw new CliException(
          ExitCode.USAGE,
          "--bind " + bind + " lets other machines in, and there is no token",
          "a random token is for this machine alone",
          "--token-file FILE, with " + MIN_TOKEN + " or more random characters");
    }
    session.requireStore(session.db());
    try (Interruption interruption = Interruption.catching()) {
      try (TaskStore store = session.open(options(session))) {
        // in a class of its own: all commands are loaded at every start, what they use is not
        Dashboard.serve(session, store, address, bind, port, given, interruption::awaitRequest);
      }
      // who serves until told to end, and is told, has done it
      int code = interruption.isTermination() ? ExitCode.OK : ExitCode.INTERRUPTED;
      interruption.endsWith(code);
      return code;
    }
  }

  private static TaskStoreOptions options(Session session) {
    TaskStoreOptions.Builder options = session.optionsFor(session.db()).mode(OpenMode.READ_ONLY);
    Duration configured = options.build().queryTimeout();
    return configured.compareTo(LONGEST_QUERY) > 0
        ? options.queryTimeout(LONGEST_QUERY).build()
        : options.build();
  }

  private InetAddress address() {
    try {
      return bind == null ? InetAddress.getLoopbackAddress() : InetAddress.getByName(bind);
    } catch (UnknownHostException e) {
      throw CliException.usage("--bind must be an address of this machine, but is `" + bind + "`");
    }
  }

  private String givenToken(Session session) {
    if (token != null && tokenFile != null) {
      throw CliException.usage("--token and --token-file cannot stand together");
    }
    String given = tokenFile == null ? token : read(session.terminal().resolve(tokenFile));
    if (given != null && !given.matches(TOKEN_FORM)) {
      throw CliException.usage(
          "the token must have at least "
              + MIN_TOKEN
              + " characters out of A-Z, a-z, 0-9, `-`, `_`, `.` and `~`, and at most 512");
    }
    return given;
  }

  private static String read(Path file) {
    try {
      if (Files.size(file) > MAX_TOKEN_FILE_BYTES) {
        throw CliException.usage("--token-file " + file + " is too large for a token");
      }
      return Files.readString(file).strip();
    } catch (IOException e) {
      throw CliException.usage("--token-file " + file + " cannot be read: " + e.getMessage());
    }
  }
}
