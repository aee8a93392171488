package dev.quarry.change;

import dev.quarry.internal.codec.Unicode;
import dev.quarry.query.Condition;
import java.time.Duration;
import java.util.List;
import java.util.Objects;

/** How changes are delivered. Immutable; thread-safe. */
public final class WatchOptions {
  /** As {@link Builder#fromSequence}: only what is committed from now on. */
  public static final long NOW = -1;

  private static final int MAX_NAME_CHARS = 256;

  /** What happens to changes that a listener is too slow for. */
  public enum Mode {
    /** None is left out: they are read again from the change log when the listener is ready. */
    DURABLE,
    /** Of each task only the newest is kept; each listener sees the last state of every task. */
    LATEST,
    /** The oldest of those in memory are dropped, and counted; the past is read in full. */
    LOSSY
  }

  private final Condition filter;
  private final long fromSequence;
  private final Mode mode;
  private final int queueCapacity;
  private final String name;
  private final Duration expiry;
  private final Duration heartbeat;
  private final long maxEventBytes;
  private final double ratePerSecond;

  private WatchOptions(Builder b) {
    filter = b.filter;
    fromSequence = b.fromSequence;
    mode = b.mode;
    queueCapacity = b.queueCapacity;
    name = b.name;
    expiry = b.expiry;
    heartbeat = b.heartbeat;
    maxEventBytes = b.maxEventBytes;
    ratePerSecond = b.ratePerSecond;
  }

  /** A builder with the defaults: every change from now on, none left out. */
  public static Builder builder() {
    return new Builder();
  }

  /** Which changes: those whose task satisfies this before or after; default all. */
  public Condition filter() {
    return filter;
  }

  /** Changes of later commits than this are delivered; default {@link #NOW}. */
  public long fromSequence() {
    return fromSequence;
  }

  /** What happens to a slow listener; default {@link Mode#DURABLE}. */
  public Mode mode() {
    return mode;
  }

  /** Changes held in memory for the listener; default 1,024. */
  public int queueCapacity() {
    return queueCapacity;
  }

  /** The name under which the position is stored, or null; default null. */
  public String name() {
    return name;
  }

  /** How long a name is remembered while nobody watches under it; default 7 days. */
  public Duration expiry() {
    return expiry;
  }

  /** After how long without a delivery the listener gets a heartbeat, or null; default null. */
  public Duration heartbeat() {
    return heartbeat;
  }

  /** Tasks with more bytes of text than this come without their fields; default 1 MiB. */
  public long maxEventBytes() {
    return maxEventBytes;
  }

  /**
   * Most changes delivered in any second, rounded up; as many may come at once. What is over waits,
   * as for a slow listener: see {@link #mode}. 0 for no limit; default 0.
   */
  public double ratePerSecond() {
    return ratePerSecond;
  }

  /** Collects options. Not thread-safe. */
  public static final class Builder {
    private Condition filter = new Condition.And(List.of());
    private long fromSequence = NOW;
    private Mode mode = Mode.DURABLE;
    private int queueCapacity = 1_024;
    private String name;
    private Duration expiry = Duration.ofDays(7);
    private Duration heartbeat;
    private long maxEventBytes = 1L << 20;
    private double ratePerSecond;

    private Builder() {}

    /** See {@link WatchOptions#filter}. */
    public Builder filter(Condition value) {
      filter = Objects.requireNonNull(value, "filter");
      return this;
    }

    /**
     * Where to begin: behind this commit. 0 for everything from the first commit on, the {@link
     * Subscription#position} of an earlier subscription to go on, or {@link #NOW}. For a name that
     * the store remembers, the stored position counts instead.
     */
    public Builder fromSequence(long value) {
      if (value < NOW) {
        throw new IllegalArgumentException(
            "fromSequence must be a sequence, 0 or NOW, but is " + value);
      }
      fromSequence = value;
      return this;
    }

    /** See {@link WatchOptions#mode}. */
    public Builder mode(Mode value) {
      mode = Objects.requireNonNull(value, "mode");
      return this;
    }

    /**
     * See {@link WatchOptions#queueCapacity}. A single commit of more changes is held all the same
     * where nothing else is, but not while the subscription catches up: then it is read in parts,
     * of 256 changes at most ({@link Mode#LATEST}: 2,048), and fewer where many catch up.
     */
    public Builder queueCapacity(int value) {
      if (value < 1) {
        throw new IllegalArgumentException("queueCapacity must be at least 1, but is " + value);
      }
      queueCapacity = value;
      return this;
    }

    /**
     * Names the subscription: its position is stored in the store, a second or 1,000 changes behind
     * at most, and on close. Watching under the name again goes on from there. So after a crash
     * some changes may come again; after a close none does.
     *
     * @throws IllegalArgumentException if it is blank, too long, or has unpaired surrogates
     */
    public Builder name(String value) {
      Objects.requireNonNull(value, "name");
      if (value.isBlank() || value.length() > MAX_NAME_CHARS) {
        throw new IllegalArgumentException(
            "name must have 1 to " + MAX_NAME_CHARS + " characters, but has " + value.length());
      }
      Unicode.check("the name of a subscription", value);
      name = value;
      return this;
    }

    /** See {@link WatchOptions#expiry}. */
    public Builder expiry(Duration value) {
      expiry = positive("expiry", value);
      return this;
    }

    /** See {@link WatchOptions#heartbeat}; the listener must be a {@link ChangeListener}. */
    public Builder heartbeat(Duration value) {
      heartbeat = positive("heartbeat", value);
      return this;
    }

    /** See {@link WatchOptions#maxEventBytes}. */
    public Builder maxEventBytes(long value) {
      if (value < 1) {
        throw new IllegalArgumentException("maxEventBytes must be at least 1, but is " + value);
      }
      maxEventBytes = value;
      return this;
    }

    /** See {@link WatchOptions#ratePerSecond}. */
    public Builder ratePerSecond(double value) {
      if (!(value >= 0 && value <= 1e9)) {
        throw new IllegalArgumentException("ratePerSecond must be 0 to 1e9, but is " + value);
      }
      ratePerSecond = value;
      return this;
    }

    /** The options. */
    public WatchOptions build() {
      return new WatchOptions(this);
    }

    private static Duration positive(String name, Duration value) {
      if (value.isNegative() || value.isZero()) {
        throw new IllegalArgumentException(name + " must be positive, but is " + value);
      }
      return value;
    }
  }
}
