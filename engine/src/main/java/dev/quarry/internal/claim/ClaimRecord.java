package dev.quarry.internal.claim;

import dev.quarry.CorruptionException;
import dev.quarry.internal.storage.Family;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * What the store keeps of a task's claims, also when there is none and the task is gone.
 *
 * @param token of the last claim, 0 before the first
 * @param attempt tries since the last success; a released one does not count
 * @param until end of the lease, or of the back-off, in microseconds since 1970
 * @param owner who has the claim; null for nobody
 * @param resting whether the task rests until {@code until}
 */
record ClaimRecord(long token, int attempt, long until, String owner, boolean resting) {
  static final ClaimRecord NONE = new ClaimRecord(0, 0, 0, null, false);

  private static final byte FORMAT = 1;
  private static final byte IDLE = 0;
  private static final byte CLAIMED = 1;
  private static final byte RESTING = 2;

  boolean isClaimed() {
    return owner != null;
  }

  /** Whether a moment is awaited, so that a timer is needed. */
  boolean isActive() {
    return owner != null || resting;
  }

  /** Whether there is a claim whose lease goes on. */
  boolean holds(long now) {
    return owner != null && now < until;
  }

  ClaimRecord claimedBy(String newOwner, long leaseEnd) {
    return new ClaimRecord(token + 1, attempt + 1, leaseEnd, newOwner, false);
  }

  ClaimRecord renewed(long leaseEnd) {
    return new ClaimRecord(token, attempt, leaseEnd, owner, false);
  }

  /** Without claim and rest, {@code tries} having been made. */
  ClaimRecord ended(int tries) {
    return new ClaimRecord(token, tries, 0, null, false);
  }

  ClaimRecord restingUntil(long end) {
    return new ClaimRecord(token, attempt, end, null, true);
  }

  byte[] encode() {
    byte[] name = owner == null ? new byte[0] : owner.getBytes(StandardCharsets.UTF_8);
    ByteBuffer out = ByteBuffer.allocate(2 + 8 + 4 + 8 + name.length);
    out.put(FORMAT).put(isClaimed() ? CLAIMED : resting ? RESTING : IDLE);
    return out.putLong(token).putInt(attempt).putLong(until).put(name).array();
  }

  static ClaimRecord decode(String id, byte[] value) {
    try {
      ByteBuffer in = ByteBuffer.wrap(value);
      byte format = in.get();
      byte state = in.get();
      long token = in.getLong();
      int attempt = in.getInt();
      long until = in.getLong();
      String owner = StandardCharsets.UTF_8.decode(in).toString();
      boolean sound = format == FORMAT && token > 0 && attempt >= 0;
      if (sound && state == CLAIMED) {
        return new ClaimRecord(token, attempt, until, owner, false);
      }
      if (sound && owner.isEmpty() && (state == IDLE || state == RESTING)) {
        return new ClaimRecord(token, attempt, until, null, state == RESTING);
      }
    } catch (BufferUnderflowException e) {
      throw damaged(id, e);
    }
    throw damaged(id, null);
  }

  private static CorruptionException damaged(String id, Exception cause) {
    return new CorruptionException(
        "the record of a task's claims is damaged; restore a backup",
        Map.of("family", Family.CLAIMS.familyName(), "id", id),
        cause);
  }
}
