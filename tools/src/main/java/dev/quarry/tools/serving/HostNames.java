package dev.quarry.tools.serving;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The names that a request may ask by. A page elsewhere can make its own name point at this machine
 * (DNS rebinding) and so reach the server from inside a browser; the name gives it away.
 */
final class HostNames {
  private static final Pattern LITERAL = Pattern.compile("[0-9.]+|[0-9a-f:.%]*:[0-9a-z:.%]*");

  private final Set<String> names = new HashSet<>(Set.of("localhost", "127.0.0.1", "::1"));
  private final boolean anyAddress;

  /** The names of a server that listens at this address, which was named so. */
  HostNames(InetAddress bound, String given) {
    names.add(plain(given));
    names.add(plain(bound.getHostAddress()));
    anyAddress = bound.isAnyLocalAddress();
    if (anyAddress) {
      try {
        names.add(plain(InetAddress.getLocalHost().getHostName()));
      } catch (UnknownHostException e) {
        // it has no name: its addresses do
      }
    }
  }

  /** Whether a request with this header is meant for the server. */
  boolean allow(String header) {
    if (header == null || header.isBlank()) {
      return false;
    }
    String name = plain(withoutPort(header.strip()));
    // no name service answers for an address, so one that is written out cannot be rebound
    return names.contains(name) || (anyAddress && LITERAL.matcher(name).matches());
  }

  private static String withoutPort(String host) {
    if (host.startsWith("[")) {
      int end = host.indexOf(']');
      return end < 0 ? host : host.substring(0, end + 1);
    }
    int colon = host.lastIndexOf(':');
    return colon < 0 ? host : host.substring(0, colon);
  }

  private static String plain(String name) {
    String plain = name.toLowerCase(Locale.ROOT);
    if (plain.startsWith("[") && plain.endsWith("]")) {
      plain = plain.substring(1, plain.length() - 1);
    }
    return plain.endsWith(".") ? plain.substring(0, plain.length() - 1) : plain;
  }
}
