package dev.quarry;

import dev.quarry.query.Query;
import dev.quarry.query.TaskFields;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;

/** Reads and writes of records for {@link MisuseProgram}, right ones and wrong ones. */
final class MisuseCalls {
  static final int IDS = 400;

  private final MisuseHandles handles;
  private final Map<String, Long> acknowledged;

  MisuseCalls(MisuseHandles handles, Map<String, Long> acknowledged) {
    this.handles = handles;
    this.acknowledged = acknowledged;
  }

  /** One call; {@code worker} is less than 0 where no write is to be remembered. */
  void call(TaskStore store, Random random, int worker) {
    String id = "T-" + random.nextInt(IDS);
    switch (random.nextInt(18)) {
      case 0, 1, 2 -> write(store, random, worker);
      case 3 -> store.put(Task.builder(id, "t").agent("a" + random.nextInt(5)).tag("x").build());
      case 4 -> store.delete(id);
      case 5 -> store.get(id);
      case 6 -> query(store, random);
      case 7 -> handles.cursors.add(store.scan(queryOf(random), ScanOptions.chunks(10)));
      case 8 -> handles.keep(store.snapshot());
      case 9, 10 -> shared(random);
      case 11 -> leak(store, random);
      case 12 -> closeInside(store, id);
      case 13 -> parallel(store);
      case 14 -> rare(store, random);
      case 15 -> batch(store, random);
      case 16 -> store.getAll(List.of(id, "absent", "T-1"));
      default -> store.setStatus(List.of(id, "T-2"), Status.values()[random.nextInt(6)]);
    }
  }

  static Query queryOf(Random random) {
    Query query = Query.where(TaskFields.AGENT.is("a" + random.nextInt(5)));
    return switch (random.nextInt(4)) {
      case 0 -> Query.all();
      case 1 -> query.orderBy(TaskFields.ID.ascending());
      case 2 -> query.orderBy(TaskFields.PRIORITY.descending(), TaskFields.CREATED_AT.ascending());
      default -> query;
    };
  }

  /** A write whose return is remembered: each worker has ids of its own, with rising numbers. */
  private void write(TaskStore store, Random random, int worker) {
    if (worker < 0) {
      return;
    }
    String id = "W-" + worker + "-" + random.nextInt(20);
    long n = acknowledged.getOrDefault(id, 0L) + 1;
    store.put(Task.builder(id, "w").attribute("n", "" + n).agent("a" + n % 5).build());
    acknowledged.put(id, n);
  }

  private static void query(TaskStore store, Random random) {
    Query query = queryOf(random);
    store.page(query, PageRequest.first(20));
    store.count(query);
    store.countBy(query, TaskFields.STATUS);
    store.explain(query);
    store.statusOf("T-3");
  }

  /** Uses or closes a cursor or snapshot that any thread made, be it closed already. */
  private void shared(Random random) {
    TaskCursor cursor = handles.cursors.peek();
    Snapshot snapshot = handles.snapshots.peek();
    try {
      if (cursor != null) {
        cursor.nextChunk();
        if (random.nextInt(4) == 0) {
          cursor.close();
          cursor.close();
          handles.cursors.poll();
        }
      }
      if (snapshot != null) {
        snapshot.count(Query.all());
        handles.cursors.add(snapshot.scan(queryOf(random), ScanOptions.chunks(5)));
        if (random.nextInt(3) == 0) {
          snapshot.close();
          handles.snapshots.poll();
        }
      }
    } catch (StoreClosedException e) {
      handles.cursors.poll();
      handles.snapshots.poll();
    } catch (RuntimeException e) {
      // a cursor is for one thread: two may confuse it, but no more than that
      if (!isConfusion(e)) {
        throw e;
      }
      handles.cursors.remove(cursor);
    }
  }

  private static boolean isConfusion(RuntimeException e) {
    return Stream.of(e.getStackTrace())
        .anyMatch(frame -> frame.getMethodName().equals("nextChunk"));
  }

  private static void leak(TaskStore store, Random random) {
    Stream<Task> stream = store.stream(queryOf(random));
    stream.limit(3).forEach(t -> {});
    store.scan(Query.all(), ScanOptions.chunks(3)).nextChunk();
  }

  /** Closing inside of a change, an action or a listener is refused, and harms nothing. */
  private static void closeInside(TaskStore store, String id) {
    MisuseHandles.refused(() -> store.forEachParallel(Query.all(), 2, t -> store.close()));
    try {
      MisuseHandles.refused(
          () ->
              store.update(
                  id,
                  t -> {
                    store.close();
                    return t;
                  }));
    } catch (TaskNotFoundException e) {
      store.count(Query.all());
    }
  }

  private static void parallel(TaskStore store) {
    IllegalArgumentException stop = new IllegalArgumentException("planned");
    try {
      store.forEachParallel(
          Query.all(),
          2,
          t -> {
            if (t.id().endsWith("7")) {
              throw stop;
            }
          });
    } catch (IllegalArgumentException e) {
      if (e != stop) {
        throw e;
      }
    }
  }

  private static void rare(TaskStore store, Random random) {
    switch (random.nextInt(12)) {
      case 0 -> {
        String name = "own-" + random.nextInt(2);
        store.createIndex(IndexSpec.ordered(name, TaskFields.DUE_AT.ascending()), (p, d, t) -> {});
        store.dropIndex(name);
      }
      case 1 -> store.rebuildIndexes(ProgressListener.NONE);
      case 2 -> store.verify();
      case 3 -> store.dump(r -> {});
      case 4 -> store.compact();
      case 5 -> store.sync();
      default -> store.stats();
    }
  }

  private static void batch(TaskStore store, Random random) {
    WriteBatch batch = store.newBatch();
    for (int i = 0; i < 5; i++) {
      batch.put(Task.builder("T-" + random.nextInt(IDS), "b").agent("a1").build());
    }
    if (random.nextInt(3) > 0) {
      batch.commit();
      try {
        batch.commit();
      } catch (StoreClosedException e) {
        return; // it has ended; or the store has, which the next call finds out
      }
      throw new IllegalStateException("a batch was committed twice");
    }
  }
}
