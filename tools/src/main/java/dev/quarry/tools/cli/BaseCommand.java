package dev.quarry.tools.cli;

import dev.quarry.tools.render.OutputFormat;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** A command; picocli fills its options, then it runs once. */
abstract class BaseCommand {
  @Mixin GlobalOptions global = new GlobalOptions();

  @Spec CommandSpec spec;

  /** Does the work and returns the exit code. */
  abstract int run(Session session);

  /** The output format given behind the command's name, or null. */
  OutputFormat format() {
    return null;
  }

  /** Whether {@code --at} has a meaning for it. */
  boolean readsThePast() {
    return false;
  }

  /** Whether long output goes through the pager on a terminal. */
  boolean isPaged() {
    return false;
  }
}
