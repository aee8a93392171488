package dev.quarry.tools.cli;

import dev.quarry.tools.config.Setting;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The variables of the environment whose names begin as the tool's do. */
final class Variables {
  /** Those that are no settings of a store. */
  private static final Set<String> OTHERS =
      Set.of(
          "QUARRY_DB",
          Session.CONFIG_VARIABLE,
          "QUARRY_DEBUG",
          "QUARRY_TTY",
          "QUARRY_JAVA_OPTS",
          "QUARRY_NO_BUILD");

  private Variables() {}

  /** A sentence for each that sets nothing, with the name that may have been meant; by name. */
  static List<String> unknown(Map<String, String> environment) {
    Set<String> known =
        Stream.concat(OTHERS.stream(), Arrays.stream(Setting.values()).map(Setting::variable))
            .collect(Collectors.toSet());
    return environment.keySet().stream()
        .filter(name -> name.startsWith("QUARRY_") && !known.contains(name))
        .sorted()
        .map(name -> finding(name, Words.nearest(name, known)))
        .toList();
  }

  private static String finding(String name, String nearest) {
    return "the variable "
        + name
        + " sets nothing"
        + (nearest == null ? "" : "; did you mean " + nearest + "?");
  }
}
