package dev.quarry.tools.config;

/** A configuration that is wrong; the message says what and where. */
public final class ConfigurationException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  ConfigurationException(String message) {
    super(message);
  }
}
