package dev.quarry.tools.cli;

import java.time.Duration;
import picocli.CommandLine.Option;

/** How long to wait for another process that writes. */
final class WaitOption {
  @Option(
      names = "--wait",
      paramLabel = "TIME",
      description = "Wait so long for another process that holds the store; default 2s.")
  String wait;

  Duration patience() {
    return wait == null ? Session.LOCK_PATIENCE : Inputs.duration("--wait", wait);
  }
}
