package dev.quarry.tools.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Command;

/** Prints the version. */
@Command
final class VersionCommand extends FormattedCommand {
  @Override
  int run(Session session) {
    if (session.isInWords()) {
      session.out().line(Version.line());
      return ExitCode.OK;
    }
    Map<String, Object> version = new LinkedHashMap<>();
    version.put("version", Version.number());
    version.put("format", StoreFacts.FORMAT);
    version.put("java", Runtime.version().toString());
    session.printRecord(version);
    return ExitCode.OK;
  }
}
