package dev.quarry.tools.cli;

/** The release of the tool. Needs nothing but the JDK, so that it is said at once. */
public final class Version {
  private Version() {}

  /** The release, such as {@code 1.0.0}. */
  public static String number() {
    String version = Version.class.getPackage().getImplementationVersion();
    return version == null ? "1.0.0" : version.replace("-SNAPSHOT", "");
  }

  /** What {@code quarry version} prints. */
  public static String line() {
    return "quarry " + number() + " (store format 1, Java " + Runtime.version().feature() + ")";
  }

  /** What {@code quarry} without arguments prints. */
  public static String usageLine() {
    return "quarry "
        + number()
        + " - task store tool. Usage: quarry [OPTIONS] COMMAND … ; try `quarry help`, `quarry demo`";
  }
}
