package dev.quarry.tools.cli;

import dev.quarry.query.Condition;
import dev.quarry.query.Query;
import dev.quarry.tools.format.JsonNumber;
import dev.quarry.work.Claim;
import dev.quarry.work.Claims;
import dev.quarry.work.RetryPolicy;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * A verb about claims in a line of a batch.
 *
 * @param id the task, or null where it is found
 * @param verb does it and says what to print
 */
record ClaimOperation(String id, Function<Claims, Map<String, Object>> verb) {
  static final String CLAIM = "claim";
  static final List<String> OPS = List.of(CLAIM, "renew", "complete", "fail", "release");

  private static final String LEASE = "30s";

  /** As in {@link Claims#next(Condition, String, Duration, int)}. */
  private static final int MOST_CLAIMS = 10_000;

  /** As in {@link RetryPolicy}. */
  private static final int MOST_ATTEMPTS = 1_000_000;

  Map<String, Object> make(Claims claims) {
    return verb.apply(claims);
  }

  /**
   * Reads one of {@link #OPS}; throws {@link IllegalArgumentException} or a {@link CliException}.
   */
  static ClaimOperation parse(String op, Map<?, ?> map, Instant now) {
    String owner = BatchCommand.string(map, "owner");
    Duration lease = Inputs.duration("lease", text(map, "lease", LEASE));
    if (op.equals(CLAIM)) {
      int count = whole(map, "count", 1, MOST_CLAIMS);
      String filter = text(map, "filter", null);
      Condition which =
          filter == null
              ? Query.all().condition()
              : ClaimCommand.filterOf(filter, InstantSource.fixed(now));
      return new ClaimOperation(
          null,
          claims -> {
            List<Object> records = new ArrayList<>();
            for (Claim claim : claims.next(which, owner, lease, count)) {
              records.add(json(claim));
            }
            return Map.of("claims", records);
          });
    }
    String id = BatchCommand.string(map, "id");
    Claim claim = Claim.reference(id, number(map, "token", 0), owner);
    return new ClaimOperation(id, ending(op, map, claim, lease));
  }

  private static Function<Claims, Map<String, Object>> ending(
      String op, Map<?, ?> map, Claim claim, Duration lease) {
    switch (op) {
      case "renew" -> {
        return claims -> Map.of("until", claims.renew(claim, lease).until().toString());
      }
      case "complete" -> {
        return claims -> Map.of("status", claims.complete(claim).status().name());
      }
      case "release" -> {
        return claims -> Map.of("status", claims.release(claim).status().name());
      }
      default -> {
        RetryPolicy policy =
            RetryPolicy.of(
                whole(map, "attempts", ClaimEnd.Fail.ATTEMPTS, MOST_ATTEMPTS),
                Inputs.duration("back_off", text(map, "back_off", ClaimEnd.Fail.BACK_OFF)));
        String reason = text(map, "reason", null);
        return claims -> Map.of("status", claims.fail(claim, reason, policy).status().name());
      }
    }
  }

  private static Map<String, Object> json(Claim claim) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("id", claim.id());
    json.put("token", BatchCommand.number(claim.token()));
    json.put("owner", claim.owner());
    json.put("until", claim.until().toString());
    json.put("attempt", BatchCommand.number(claim.attempt()));
    json.put("title", claim.task().title());
    return json;
  }

  private static String text(Map<?, ?> map, String name, String absent) {
    Object value = map.get(name);
    if (value == null || value instanceof String) {
      return value == null ? absent : (String) value;
    }
    throw new IllegalArgumentException("\"" + name + "\" must be a text");
  }

  /** A number from 1 to {@code most}; a larger one would be another as an {@code int}. */
  private static int whole(Map<?, ?> map, String name, int absent, int most) {
    long value = number(map, name, absent);
    if (value < 1 || value > most) {
      throw new IllegalArgumentException(
          "\"" + name + "\" must be 1 to " + most + ", but is " + value);
    }
    return (int) value;
  }

  static long number(Map<?, ?> map, String name, long absent) {
    Object value = map.get(name);
    if (value == null) {
      return absent;
    }
    try {
      if (value instanceof JsonNumber number) {
        return Long.parseLong(number.text());
      }
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "\"" + name + "\" must be a whole number, but is " + value, e);
    }
    throw new IllegalArgumentException("\"" + name + "\" must be a number");
  }
}
