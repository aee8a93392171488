package dev.quarry.internal.read;

import dev.quarry.Continuation;
import dev.quarry.query.Query;

/** Continuations for readers outside this room: they are good for every view of the store. */
public final class PageTokens {
  private PageTokens() {}

  /**
   * Where a page ended.
   *
   * @param delivered results on this page and those before
   * @param ordinal last task
   * @param sortable its place in the order
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record Place(long delivered, long ordinal, byte[] sortable) {}

  /** The token of a place in a query's result. */
  public static Continuation encode(Query query, Place place) {
    return Continuations.encode(
        query, new Continuations.Position(place.delivered(), place.ordinal(), place.sortable()));
  }

  /** The place that a token names; throws where it is damaged or another query's. */
  public static Place decode(Query query, Continuation token) {
    Continuations.Position position = Continuations.decode(query, token);
    return new Place(position.delivered(), position.ordinal(), position.sortable());
  }
}
