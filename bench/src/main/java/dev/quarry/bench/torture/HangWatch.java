package dev.quarry.bench.torture;

import dev.quarry.bench.WrongAnswerException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Ends a child that lives too long: asks for its threads' stacks, kills it, and keeps what it
 * heard. The stacks come from {@code jstack}, or where there is none from the child itself, which
 * prints them when it gets SIGQUIT. Has a thread of its own until it is closed.
 */
final class HangWatch implements AutoCloseable {
  private static final int MOST_CHARS = 200_000;
  private static final long DUMP_SECONDS = 40;

  private final ProcessHandle child;
  private final Duration deadline;
  private final Path jstack;
  private final CountDownLatch ended = new CountDownLatch(1);
  private final Thread thread = new Thread(this::watch, "hang-watch");
  private final StringBuilder heard = new StringBuilder();
  private volatile boolean hung;

  /** Watches from now on, with the tool of this JVM. */
  HangWatch(ProcessHandle child, Duration deadline) {
    this(child, deadline, Path.of(System.getProperty("java.home"), "bin", "jstack"));
  }

  HangWatch(ProcessHandle child, Duration deadline, Path jstack) {
    this.jstack = jstack;
    this.child = child;
    this.deadline = deadline;
    thread.setDaemon(true);
    thread.start();
  }

  /** A line of the child that is none of its words, perhaps of a dump. */
  synchronized void heard(String line) {
    if (heard.length() < MOST_CHARS) {
      heard.append(line).append('\n');
    }
  }

  /** Once the child has ended: throws if it was this that ended it, with the stacks. */
  void check() {
    if (hung) {
      synchronized (this) {
        throw new WrongAnswerException("the child hung for " + deadline + "; its stacks: " + heard);
      }
    }
  }

  private void watch() {
    try {
      if (!ended.await(deadline.toMillis(), TimeUnit.MILLISECONDS)) {
        hung = true; // first: the child's end is what the reader waits for
        try {
          heard(dump());
        } finally {
          child.destroyForcibly();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // nobody does; the thread ends
    } catch (IOException e) {
      heard("no dump: " + e);
    }
  }

  /** What the tool says; with no such tool, the child is asked to speak itself. */
  private String dump() throws IOException, InterruptedException {
    String pid = String.valueOf(child.pid());
    if (Files.isExecutable(jstack)) {
      Path out = Files.createTempFile("quarry-stacks", ".txt");
      try {
        boolean done = run(out, jstack.toString(), "-l", pid);
        String text = Files.readString(out, StandardCharsets.UTF_8);
        if (done) {
          return text;
        }
        heard("jstack failed: " + text);
      } finally {
        Files.delete(out);
      }
    }
    Path none = Path.of("/dev/null");
    boolean asked = run(none, "kill", "-QUIT", pid);
    ended.await(DUMP_SECONDS / 4, TimeUnit.SECONDS); // while its lines come in
    return asked ? "asked it by SIGQUIT" : "no dump: neither jstack nor kill works";
  }

  private static boolean run(Path out, String... command) throws IOException, InterruptedException {
    Process tool =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(out.toFile()).start();
    try {
      return tool.waitFor(DUMP_SECONDS, TimeUnit.SECONDS) && tool.exitValue() == 0;
    } finally {
      tool.destroyForcibly();
    }
  }

  /** Watches no longer. */
  @Override
  public void close() {
    ended.countDown();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }
}
