package dev.quarry.tools.cli;

import dev.quarry.ProgressListener;
import java.io.PrintStream;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** Shows how far long work has come, one bar per phase. Used by one thread; close it. */
abstract class Progress implements ProgressListener, AutoCloseable {
  /** Shows nothing. */
  static final Progress SILENT =
      new Progress() {
        @Override
        public void progress(String phase, long done, long total) {
          // nobody looks
        }

        @Override
        void pause() {
          // nothing to end
        }
      };

  /** Bars on a terminal. */
  static Progress on(PrintStream err) {
    return new Bars(err);
  }

  /** Ends the present bar, so that something else can be written. */
  abstract void pause();

  @Override
  public void close() {
    pause();
  }

  private static final class Bars extends Progress {
    private static final int WIDTH = 100;
    private static final long SHOW_AFTER_NANOS = 300_000_000;

    private final PrintStream err;
    private final long begin = System.nanoTime();
    private String phase;
    private ProgressBar bar;

    Bars(PrintStream err) {
      this.err = err;
    }

    @Override
    public void progress(String newPhase, long done, long total) {
      if (System.nanoTime() - begin < SHOW_AFTER_NANOS) {
        return;
      }
      if (bar == null || !newPhase.equals(phase)) {
        pause();
        phase = newPhase;
        bar =
            new ProgressBarBuilder()
                .setTaskName(newPhase)
                .setInitialMax(total)
                .setStyle(ProgressBarStyle.ASCII)
                .setUpdateIntervalMillis(100)
                .setConsumer(new ConsoleProgressBarConsumer(err, WIDTH))
                .build();
      }
      bar.maxHint(total);
      bar.stepTo(done);
    }

    @Override
    void pause() {
      if (bar != null) {
        bar.close();
        bar = null;
      }
    }
  }
}
