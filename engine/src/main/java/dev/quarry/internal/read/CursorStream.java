package dev.quarry.internal.read;

import dev.quarry.Task;
import dev.quarry.TaskCursor;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** The tasks of a cursor one by one, chunk by chunk, in its order. */
public final class CursorStream {
  private CursorStream() {}

  /**
   * A stream that closes the cursor with itself. In parallel it stays in order: its source is asked
   * by one thread at a time.
   */
  public static Stream<Task> of(TaskCursor cursor) {
    Spliterator<Task> spliterator =
        Spliterators.spliteratorUnknownSize(
            new CursorIterator(cursor), Spliterator.ORDERED | Spliterator.NONNULL);
    return StreamSupport.stream(spliterator, false).onClose(cursor::close);
  }

  private static final class CursorIterator implements Iterator<Task> {
    private final TaskCursor cursor;
    private ArrayDeque<Task> chunk = new ArrayDeque<>();

    CursorIterator(TaskCursor cursor) {
      this.cursor = cursor;
    }

    @Override
    public boolean hasNext() {
      if (chunk.isEmpty()) {
        chunk = new ArrayDeque<>(cursor.nextChunk());
      }
      return !chunk.isEmpty();
    }

    @Override
    public Task next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      return chunk.poll();
    }
  }
}
