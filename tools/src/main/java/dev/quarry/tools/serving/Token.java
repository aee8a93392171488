package dev.quarry.tools.serving;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;

/** The secret that callers must know. */
public final class Token {
  private static final int RANDOM_BYTES = 32;

  private final String text;
  private final byte[] hash;

  Token(String text) {
    this.text = text;
    this.hash = hash(text);
  }

  /** A new one of 256 random bits, which can stand in a URL as it is. */
  public static String random() {
    byte[] bytes = new byte[RANDOM_BYTES];
    new SecureRandom().nextBytes(bytes);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  String text() {
    return text;
  }

  /** Whether this is it; takes as long for one that is nearly right as for any other. */
  boolean is(String given) {
    return given != null && MessageDigest.isEqual(hash, hash(given));
  }

  private static byte[] hash(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
