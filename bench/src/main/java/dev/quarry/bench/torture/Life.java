package dev.quarry.bench.torture;

import dev.quarry.bench.AtProcessEnd;
import dev.quarry.bench.WrongAnswerException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** One life of the child: reads what it says until it is killed. Not thread-safe. */
final class Life {
  private static final int NATIVE_ACCESS_SINCE = 24;
  private static final int MOST_MICROS = 2_000;
  private static final int OPENING_MICROS = 1_200_000;

  final List<String> wrote = new ArrayList<>();
  final List<String> delivered = new ArrayList<>();
  final Map<String, Long> tokens = new HashMap<>();
  final Map<String, Long> oldest = new HashMap<>();
  final Set<String> indexes;
  String unsureIndex;
  final PowerLoss synced = new PowerLoss();
  private final List<Ledger> ledgers;
  private final boolean trimmed;
  private final Random random;
  private final Set<String> taken = new HashSet<>();
  private long line;
  private long calls;

  /**
   * A life.
   *
   * @param indexes those that exist
   * @param trimmed whether the change log has lost its oldest entries
   */
  Life(List<Ledger> ledgers, Set<String> indexes, boolean trimmed, Random random) {
    this.ledgers = ledgers;
    this.indexes = new TreeSet<>(indexes);
    this.trimmed = trimmed;
    this.random = random;
  }

  static Process start(Class<?> program, List<String> arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx256m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
    if (Runtime.version().feature() >= NATIVE_ACCESS_SINCE) {
      command.add("--enable-native-access=ALL-UNNAMED");
    }
    // test runners put their class path into a jar's manifest; this one is told the real one
    String classPath =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    command.addAll(List.of("-cp", classPath, program.getName()));
    command.addAll(arguments);
    return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
  }

  /** Lives until it is time to die; throws if it ends by itself or hangs. */
  void live(List<String> arguments, Death death) {
    try {
      Process child = start(TortureProgram.class, arguments);
      AtProcessEnd end = new AtProcessEnd(child::destroyForcibly);
      try (HangWatch watch = new HangWatch(child.toHandle(), death.deadline());
          BufferedReader in =
              new BufferedReader(
                  new InputStreamReader(child.getInputStream(), StandardCharsets.UTF_8))) {
        boolean killed = death.calls() == 0;
        int victims = 0;
        if (killed) {
          kill(child, random.nextInt(OPENING_MICROS));
        }
        for (String text = in.readLine(); text != null; text = in.readLine()) {
          if (text.endsWith(TortureProgram.MARK)) {
            String words = text.substring(0, text.length() - TortureProgram.MARK.length());
            take(words);
            line++;
            calls += words.startsWith("call ") ? 1 : 0;
            victims += death.victim() != null && words.startsWith(death.victim()) ? 1 : 0;
            boolean enough = death.victim() != null && victims >= death.lines();
            if (!killed && (enough || calls >= death.calls())) {
              killed = true;
              kill(child, random.nextInt(1 + random.nextInt(MOST_MICROS)));
            }
          } else {
            watch.heard(text);
          }
        }
        watch.check();
        if (!killed) {
          throw new WrongAnswerException("the child ended by itself with " + child.waitFor());
        }
      } finally {
        child.destroyForcibly();
        end.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  static void kill(Process child, int micros) {
    LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(micros)); // waitFor knows milliseconds only
    // not the process itself, which would close its streams under us
    child.toHandle().destroyForcibly();
    child.onExit().join();
  }

  private void take(String text) {
    List<String> words = List.of(text.split(" ", -1));
    switch (words.get(0)) {
      case "call" ->
          ledgers
              .get(Integer.parseInt(words.get(1)))
              .call(Op.parse(words.subList(2, words.size())), line);
      case "done" -> done(words);
      case "wrote" -> wrote.add(words.get(1) + " " + words.get(2));
      case "feed" -> delivered.add(words.get(1) + " " + words.get(2));
      case "token" -> token(words.get(2), Long.parseLong(words.get(1)));
      case "create", "drop" -> unsureIndex = words.get(1);
      case "created" -> {
        indexes.add(words.get(1));
        unsureIndex = null;
      }
      case "dropped" -> {
        indexes.remove(words.get(1));
        unsureIndex = null;
      }
      case "failed" -> throw new WrongAnswerException("the child " + text);
      default -> {} // open, rebuild, turn: moments to die at
    }
  }

  private void done(List<String> words) {
    int mark = words.indexOf("synced");
    int end = mark < 0 ? words.size() : mark;
    ledgers
        .get(Integer.parseInt(words.get(1)))
        .done(String.join(" ", words.subList(2, end)), line, trimmed);
    if (mark >= 0 && words.get(2).equals("ok")) {
      synced.synced(words.subList(mark + 1, words.size()));
      long begin = ledgers.get(Integer.parseInt(words.get(1))).begin();
      ledgers.get(Integer.parseInt(words.get(1))).holdAll();
      ledgers.forEach(ledger -> ledger.hold(begin));
    }
  }

  private void token(String id, long token) {
    if (!taken.add(id + " " + token)) {
      throw new WrongAnswerException("the token " + token + " of " + id + " was given twice");
    }
    tokens.merge(id, token, Math::max);
    oldest.merge(id, token, Math::min);
  }
}
