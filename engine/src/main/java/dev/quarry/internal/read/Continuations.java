package dev.quarry.internal.read;

import dev.quarry.Continuation;
import dev.quarry.InvalidContinuationException;
import dev.quarry.internal.codec.OrderedKeys;
import dev.quarry.query.Query;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.Map;
import java.util.zip.CRC32C;

/**
 * Continuation tokens: format, fingerprint of the query, results delivered so far, ordinal and
 * sortable bytes of the last item, CRC; as base64url.
 */
final class Continuations {
  private static final byte FORMAT = 1;
  private static final int FIXED = 1 + 8 + 8 + 8 + 4;
  private static final int MAX_TOKEN = 64 << 10;

  private Continuations() {}

  /**
   * Where a page ended.
   *
   * @param delivered results on this page and those before
   * @param ordinal last task
   * @param sortable its place in the order
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Position(long delivered, long ordinal, byte[] sortable) {}

  static Continuation encode(Query query, Position position) {
    ByteBuffer out = ByteBuffer.allocate(FIXED + position.sortable().length);
    out.put(FORMAT).putLong(fingerprint(query)).putLong(position.delivered());
    out.putLong(position.ordinal()).put(position.sortable());
    out.putInt(crc(out.array(), out.position()));
    return new Continuation(Base64.getUrlEncoder().withoutPadding().encodeToString(out.array()));
  }

  static Position decode(Query query, Continuation continuation) {
    String token = continuation.token();
    try {
      if (token.length() > MAX_TOKEN) {
        throw damaged("it is too long", null);
      }
      ByteBuffer in = ByteBuffer.wrap(Base64.getUrlDecoder().decode(token));
      int body = in.remaining() - Integer.BYTES;
      if (body < FIXED - Integer.BYTES || in.getInt(body) != crc(in.array(), body)) {
        throw damaged("its checksum is wrong", null);
      }
      if (in.get() != FORMAT) {
        throw damaged("it is of another release", null);
      }
      if (in.getLong() != fingerprint(query)) {
        throw new InvalidContinuationException(
            "the continuation belongs to another query; start from the first page",
            Map.of("query", query));
      }
      long delivered = in.getLong();
      long ordinal = in.getLong();
      byte[] sortable = new byte[body - in.position()];
      in.get(sortable);
      // a checksum is no signature: what follows may be made up
      if (delivered < 1
          || ordinal < 0
          || ordinal == Long.MAX_VALUE
          || !OrderedKeys.isKey(query.order(), sortable)) {
        throw damaged("it names no place in the order", null);
      }
      return new Position(delivered, ordinal, sortable);
    } catch (IllegalArgumentException | BufferUnderflowException e) {
      throw damaged("it is not base64url", e);
    }
  }

  private static InvalidContinuationException damaged(String why, Exception cause) {
    return new InvalidContinuationException(
        "the continuation is damaged; start from the first page", Map.of("why", why), cause);
  }

  private static int crc(byte[] bytes, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, length);
    return (int) crc.getValue();
  }

  /** FNV-1a, 64 bits, over the text form: equal queries have equal text. */
  private static long fingerprint(Query query) {
    String text = query.toString();
    long h = 0xcbf29ce484222325L;
    for (int i = 0; i < text.length(); i++) {
      h = (h ^ text.charAt(i)) * 0x100000001b3L;
    }
    return h;
  }
}
