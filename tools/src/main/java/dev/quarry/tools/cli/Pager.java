package dev.quarry.tools.cli;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * Holds output back until it fills the terminal, then hands it to the pager; shorter output goes to
 * the terminal as it is. The pager is {@code $PAGER}, else {@code less}.
 */
final class Pager extends OutputStream {
  private static final int DEFAULT_LINES = 24;

  private final Terminal terminal;
  private final int lines;
  private final ByteArrayOutputStream held = new ByteArrayOutputStream();
  private int newlines;
  private Process process;
  private OutputStream target;
  private boolean finished;

  Pager(Terminal terminal) {
    this.terminal = terminal;
    int given = terminal.number("LINES");
    this.lines = given > 0 ? given : DEFAULT_LINES;
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    if (target != null) {
      target.write(bytes, offset, length);
      return;
    }
    held.write(bytes, offset, length);
    for (int i = offset; i < offset + length; i++) {
      newlines += bytes[i] == '\n' ? 1 : 0;
    }
    if (newlines >= lines) {
      start();
    }
  }

  @Override
  public void flush() throws IOException {
    if (target != null) {
      target.flush();
    }
  }

  private void start() throws IOException {
    String pager = terminal.variable("PAGER");
    if (pager == null && hasLess()) {
      pager = "less";
    }
    target = pager == null ? terminal.out() : startProcess(pager);
    held.writeTo(target);
    held.reset();
  }

  private OutputStream startProcess(String pager) {
    ProcessBuilder builder =
        new ProcessBuilder(List.of("/bin/sh", "-c", pager))
            .redirectOutput(ProcessBuilder.Redirect.INHERIT)
            .redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().putIfAbsent("LESS", "FRX");
    try {
      process = builder.start();
      return process.getOutputStream();
    } catch (IOException e) {
      // no shell here: the terminal scrolls
      return terminal.out();
    }
  }

  private boolean hasLess() {
    String path = terminal.variable("PATH");
    return path != null
        && Arrays.stream(path.split(File.pathSeparator))
            .anyMatch(directory -> Files.isExecutable(Path.of(directory, "less")));
  }

  /** Ends the output and waits until the reader has left the pager; idempotent. */
  void finish() {
    if (finished) {
      return;
    }
    finished = true;
    try {
      if (target == null) {
        held.writeTo(terminal.out());
        return;
      }
      if (process != null) {
        target.close();
      }
    } catch (IOException e) {
      // the reader has left already
    }
    awaitReader();
  }

  private void awaitReader() {
    try {
      if (process != null) {
        process.waitFor();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    finish();
  }
}
