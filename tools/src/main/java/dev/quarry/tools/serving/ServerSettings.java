package dev.quarry.tools.serving;

import java.net.InetAddress;
import java.time.Duration;
import java.util.Objects;
import java.util.function.LongSupplier;

/**
 * How the dashboard is served. Immutable.
 *
 * @param address where to listen
 * @param name how the user named that address; browsers may ask by it
 * @param port the port, or 0 for any that is free
 * @param token what a caller must know
 * @param heartbeat how long a stream of changes is silent at most
 * @param readerTimeout after which time a reader that takes nothing is dropped
 * @param streams streams of changes at once, at most
 * @param userCalls calls a minute of those who know the token, together
 * @param publicCalls calls a minute of others, for each address
 * @param nanoClock time in nanoseconds that the rates are measured with
 */
public record ServerSettings(
    InetAddress address,
    String name,
    int port,
    String token,
    Duration heartbeat,
    Duration readerTimeout,
    int streams,
    int userCalls,
    int publicCalls,
    LongSupplier nanoClock) {
  private static final Duration HEARTBEAT = Duration.ofSeconds(10);
  private static final Duration READER_TIMEOUT = Duration.ofSeconds(25);
  private static final int STREAMS = 32;
  private static final int USER_CALLS = 100;
  private static final int PUBLIC_CALLS = 20;

  /** Checks that all is there. */
  public ServerSettings {
    Objects.requireNonNull(address, "address");
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(token, "token");
    Objects.requireNonNull(nanoClock, "nanoClock");
  }

  /** Those of the command, with the documented rates and times. */
  public static ServerSettings of(InetAddress address, String name, int port, String token) {
    return new ServerSettings(
        address,
        name,
        port,
        token,
        HEARTBEAT,
        READER_TIMEOUT,
        STREAMS,
        USER_CALLS,
        PUBLIC_CALLS,
        System::nanoTime);
  }

  /** With other times of streams. */
  public ServerSettings withTimes(Duration beat, Duration timeout) {
    return new ServerSettings(
        address, name, port, token, beat, timeout, streams, userCalls, publicCalls, nanoClock);
  }

  /** With other numbers of streams and of calls a minute. */
  public ServerSettings withLimits(int mostStreams, int calls, int callsOfOthers) {
    return new ServerSettings(
        address,
        name,
        port,
        token,
        heartbeat,
        readerTimeout,
        mostStreams,
        calls,
        callsOfOthers,
        nanoClock);
  }

  /** With another clock for the rates. */
  public ServerSettings withClock(LongSupplier clock) {
    return new ServerSettings(
        address,
        name,
        port,
        token,
        heartbeat,
        readerTimeout,
        streams,
        userCalls,
        publicCalls,
        clock);
  }
}
