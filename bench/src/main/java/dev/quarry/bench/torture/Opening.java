package dev.quarry.bench.torture;

import dev.quarry.bench.AtProcessEnd;
import dev.quarry.bench.WrongAnswerException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Random;

/**
 * Deaths of a process that opens a store which was not closed: amid the recovery, or just behind
 * it. Not thread-safe.
 */
final class Opening {
  /** What a process ends with that was killed: 128 and the signal's number. */
  private static final int KILLED = 128 + 9;

  private final Path store;
  private int micros;
  private int amid;
  private int behind;

  Opening(Path store) {
    this.store = store;
  }

  /** How many died before the store was open. */
  int amid() {
    return amid;
  }

  /** How many died once it was. */
  int behind() {
    return behind;
  }

  /** Has the store opened at this time by a process that dies at some moment. */
  void die(Instant now, Random random) {
    try {
      Process child =
          Life.start(
              OpeningProgram.class, List.of(store.toString(), String.valueOf(now.toEpochMilli())));
      AtProcessEnd end = new AtProcessEnd(child::destroyForcibly);
      try (HangWatch watch = new HangWatch(child.toHandle(), Death.OPENING);
          BufferedReader in =
              new BufferedReader(
                  new InputStreamReader(child.getInputStream(), StandardCharsets.UTF_8))) {
        boolean open = false;
        for (String text = in.readLine(); text != null; text = in.readLine()) {
          if (text.equals(OpeningProgram.BEGIN + TortureProgram.MARK)) {
            if (micros > 0) {
              Life.kill(child, moment(random));
            } // else it lives until it has said how long it takes
          } else if (text.startsWith("failed ")) {
            throw new WrongAnswerException("the child that opened it " + text);
          } else if (text.startsWith(OpeningProgram.OPEN) && text.endsWith(TortureProgram.MARK)) {
            micros = Integer.parseInt(text.split(" ", -1)[1]);
            open = true;
            Life.kill(child, 0);
          } else {
            watch.heard(text);
          }
        }
        watch.check();
        int code = child.onExit().join().exitValue();
        if (code != KILLED) {
          throw new WrongAnswerException("the child that opened it ended by itself with " + code);
        }
        amid += open ? 0 : 1;
        behind += open ? 1 : 0;
      } finally {
        child.destroyForcibly();
        end.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Most often late, for first come the library and the files, and only then logs and index. */
  private int moment(Random random) {
    int from = random.nextBoolean() ? micros / 2 : 0;
    return from + random.nextInt(micros + micros / 4 - from + 1);
  }
}
