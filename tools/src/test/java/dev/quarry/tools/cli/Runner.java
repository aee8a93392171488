package dev.quarry.tools.cli;

import dev.quarry.TaskStore;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;

/** Runs commands inside the test, with captured streams, as if in a directory of their own. */
final class Runner {
  private final Path directory;
  private final Map<String, String> environment = new HashMap<>();
  private StoreOpener opener = TaskStore::open;
  private InstantSource clock = InstantSource.fixed(Instant.parse("2026-11-20T23:15:00Z"));
  private boolean tty;
  private byte[] input = {};

  Runner(Path directory) {
    this.directory = directory;
  }

  /** What a command did. */
  record Result(int exitCode, String out, String err) {}

  Runner variable(String name, String value) {
    environment.put(name, value);
    return this;
  }

  Runner opener(StoreOpener value) {
    opener = value;
    return this;
  }

  Runner clock(InstantSource value) {
    clock = value;
    return this;
  }

  /** All three streams are terminals, and this is typed. */
  Runner terminal(String typed) {
    tty = true;
    return input(typed);
  }

  /** This comes in through a pipe. */
  Runner input(String text) {
    return input(text.getBytes(StandardCharsets.UTF_8));
  }

  /** These come in through a pipe. */
  Runner input(byte[] bytes) {
    input = bytes;
    return this;
  }

  Result run(String... args) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    return run(out, args);
  }

  Result run(OutputStream out, String... args) {
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    Terminal terminal =
        new Terminal(
            new ByteArrayInputStream(input),
            out,
            new PrintStream(err, true, StandardCharsets.UTF_8),
            tty,
            tty,
            tty,
            environment,
            directory);
    int code = new Cli(new Context(terminal, opener, clock)).run(args);
    String printed =
        out instanceof ByteArrayOutputStream bytes ? bytes.toString(StandardCharsets.UTF_8) : "";
    return new Result(code, printed, err.toString(StandardCharsets.UTF_8));
  }
}
