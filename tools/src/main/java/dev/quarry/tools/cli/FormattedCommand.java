package dev.quarry.tools.cli;

import dev.quarry.tools.render.OutputFormat;
import picocli.CommandLine.Mixin;

/** A command whose output can be had in every format. */
abstract class FormattedCommand extends BaseCommand {
  @Mixin FormatOption formatOption = new FormatOption();

  @Override
  final OutputFormat format() {
    return formatOption.format;
  }
}
