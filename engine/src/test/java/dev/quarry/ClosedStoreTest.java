package dev.quarry;

import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quarry.change.Change;
import dev.quarry.change.WatchOptions;
import dev.quarry.query.Query;
import java.lang.reflect.Method;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every method of a closed store, and of all that it has handed out before, throws {@link
 * StoreClosedException}, but for those named here. Methods are found by reflection, so that a new
 * one is tested by itself.
 */
@Timeout(120)
class ClosedStoreTest {
  /** What may be called behind the close of the store, and why; these must not throw. */
  private static final Map<String, String> FREE =
      Map.ofEntries(
          entry("TaskStore.close()", "idempotent"),
          entry("TaskStore.directory()", "tells where the store is, which does not change"),
          entry("TaskStore.isReadOnly()", "tells how it was opened"),
          entry("TaskStore.as(String)", "a view; its verbs throw"),
          entry("TaskStore.claims()", "a view; its verbs throw"),
          entry("TaskStore.graph()", "a view; its verbs throw"),
          entry("TaskStore.within(Duration)", "a view; its verbs throw"),
          entry("TaskStore.retrying(int, Supplier)", "runs the caller's work, which throws"),
          entry("TaskStore.retrying(RetryPolicy, Supplier)", "runs the caller's work"),
          entry("TaskReader.within(Duration)", "a view; its verbs throw"),
          entry("Snapshot.within(Duration)", "a view; its verbs throw"),
          entry("Snapshot.sequence()", "was known when it was made"),
          entry("Snapshot.close()", "idempotent"),
          entry("TaskCursor.sequence()", "was known when it was made"),
          entry("TaskCursor.close()", "idempotent"),
          entry("WriteBatch.insert(Task)", "only collects; the commit throws"),
          entry("WriteBatch.put(Task)", "only collects; the commit throws"),
          entry("WriteBatch.update(String, UnaryOperator)", "only collects; the commit throws"),
          entry("WriteBatch.delete(String)", "only collects; the commit throws"),
          entry("WriteBatch.size()", "tells what was collected"),
          entry("WriteBatch.close()", "idempotent"),
          entry("AsyncWrites.queued()", "tells that nothing waits"),
          entry("AsyncWrites.close()", "idempotent"),
          entry("Job.name()", "its name"),
          entry("Job.progress()", "tells how far it came"),
          entry("Job.cancel()", "it has ended"),
          entry("Job.await()", "it has ended: tells how far it came"),
          entry("Subscription.position()", "tells how far it came"),
          entry("Subscription.lag()", "tells how far it came"),
          entry("Subscription.delivered()", "tells how far it came"),
          entry("Subscription.dropped()", "tells how far it came"),
          entry("Subscription.state()", "tells that it is closed"),
          entry("Subscription.failure()", "tells that it has not failed"),
          entry("Subscription.await(long, Duration)", "it has ended: tells whether it came there"),
          entry("Subscription.close()", "idempotent"));

  /** The same of an object that was closed by itself, whose store is open. */
  private static final Map<String, String> FREE_OF_ITSELF =
      Map.ofEntries(
          entry("Snapshot.within(Duration)", "a view; its verbs throw"),
          entry("Snapshot.sequence()", "was known when it was made"),
          entry("Snapshot.close()", "idempotent"),
          entry("TaskCursor.sequence()", "was known when it was made"),
          entry("TaskCursor.close()", "idempotent"),
          entry("WriteBatch.size()", "tells what was collected"),
          entry("WriteBatch.close()", "idempotent"),
          entry("AsyncWrites.queued()", "tells that nothing waits"),
          entry("AsyncWrites.close()", "idempotent"));

  @TempDir Path directory;

  private Path path() {
    return directory.resolve("store");
  }

  private Path target() {
    return directory.resolve("target");
  }

  private TaskStore openFilled() {
    TaskStore store = TaskStore.open(HandedOut.options(path()).build());
    HandedOut.fill(store);
    return store;
  }

  @TestFactory
  Stream<DynamicTest> everythingThatAClosedStoreHandedOut() throws Exception {
    HandedOut all;
    try (TaskStore store = openFilled()) {
      all = HandedOut.of(store, target());
    }
    Job cancelled = (Job) all.objects.get("job under way");
    assertThat(cancelled.await().state()).isEqualTo(Job.State.CANCELLED);
    Set<Class<?>> held = new HashSet<>();
    all.objects.values().forEach(object -> held.add(HandedOut.kindOf(object)));
    assertThat(held).as("an object of each kind").isEqualTo(HandedOut.kinds());
    return tests(all, all.objects, FREE);
  }

  @TestFactory
  Stream<DynamicTest> everythingThatAClosedReaderHandedOut() throws Exception {
    openFilled().close();
    HandedOut all;
    try (TaskStore store =
        TaskStore.open(HandedOut.options(path()).mode(OpenMode.READ_ONLY).build())) {
      all = HandedOut.of(store, target());
    }
    return tests(all, all.objects, FREE);
  }

  @TestFactory
  Stream<DynamicTest> whatWasClosedByItself() throws Exception {
    TaskStore store = openFilled();
    HandedOut all = HandedOut.of(store, target());
    List<String> names =
        List.of(
            "snapshot",
            "past state",
            "cursor",
            "cursor of snapshot",
            "cursor of past state",
            "batch",
            "queue of writes");
    for (String name : names) {
      ((AutoCloseable) all.objects.get(name)).close();
    }
    Map<String, Object> closed = new TreeMap<>(all.objects);
    closed.keySet().retainAll(names);
    assertThat(store.stats().openCursors()).isZero();
    assertThat(store.stats().openSnapshots()).isZero();
    return Stream.concat(
            tests(all, closed, FREE_OF_ITSELF),
            Stream.of(
                DynamicTest.dynamicTest(
                    "nothing was opened by a refused call",
                    () -> {
                      assertThat(store.stats().openCursors()).isZero();
                      assertThat(store.stats().openSnapshots()).isZero();
                    })))
        .onClose(store::close);
  }

  private Stream<DynamicTest> tests(
      HandedOut all, Map<String, Object> objects, Map<String, String> free) {
    return objects.entrySet().stream()
        .flatMap(
            named -> {
              Class<?> kind = HandedOut.kindOf(named.getValue());
              // a commit and a close end the object by themselves, so they come last
              return HandedOut.methods(kind).stream()
                  .sorted(Comparator.comparing(method -> rank(kind, method, free)))
                  .map(method -> test(all, named.getKey(), kind, method, free));
            });
  }

  private static int rank(Class<?> kind, Method method, Map<String, String> free) {
    if (method.getName().equals("close")) {
      return 2;
    }
    return free.containsKey(nameOf(kind, method)) ? 0 : 1;
  }

  private DynamicTest test(
      HandedOut all, String name, Class<?> kind, Method method, Map<String, String> free) {
    Object object = all.objects.get(name);
    String reason = free.get(nameOf(kind, method));
    String shown = name + ": " + HandedOut.signature(method);
    return DynamicTest.dynamicTest(
        reason == null ? shown : shown + ", " + reason,
        () -> {
          if (reason == null) {
            assertThatThrownBy(() -> all.call(object, method))
                .isInstanceOf(StoreClosedException.class);
          } else {
            all.call(object, method);
          }
          assertThat(target()).doesNotExist();
        });
  }

  private static String nameOf(Class<?> kind, Method method) {
    return kind.getSimpleName() + "." + HandedOut.signature(method);
  }

  /** What is named above is there: a method that has gone, or throws by now, is named in vain. */
  @Test
  void whatMayBeCalledIsThere() {
    Set<String> signatures = new HashSet<>();
    for (Class<?> kind : HandedOut.kinds()) {
      HandedOut.methods(kind).forEach(method -> signatures.add(nameOf(kind, method)));
    }
    assertThat(signatures).containsAll(FREE.keySet()).containsAll(FREE_OF_ITSELF.keySet());
  }

  @Test
  void streamsAndPublishersOfAClosedStore() throws Exception {
    TaskStore store = openFilled();
    Stream<Task> stream = store.stream(Query.all());
    Snapshot past = store.asOf(2);
    Stream<Task> ofPast = past.stream(Query.all());
    Flow.Publisher<Change> publisher = store.changes(WatchOptions.builder().build());
    Told before = new Told();
    publisher.subscribe(before);
    store.close();
    assertThatThrownBy(stream::toList).isInstanceOf(StoreClosedException.class);
    assertThatThrownBy(ofPast::toList).isInstanceOf(StoreClosedException.class);
    stream.close();
    ofPast.close();
    assertThat(before.end.poll(60, TimeUnit.SECONDS)).isEqualTo("completed");
    Told behind = new Told();
    publisher.subscribe(behind);
    assertThat(behind.end.poll(60, TimeUnit.SECONDS)).isInstanceOf(StoreClosedException.class);
    before.subscription.request(1);
    before.subscription.cancel();
    behind.subscription.request(1);
    behind.subscription.cancel();
    assertThat(before.end).isEmpty();
    assertThat(behind.end).isEmpty();
  }

  /** Keeps how it ended. */
  private static final class Told implements Flow.Subscriber<Change> {
    final LinkedBlockingQueue<Object> end = new LinkedBlockingQueue<>();
    volatile Flow.Subscription subscription;

    @Override
    public void onSubscribe(Flow.Subscription given) {
      subscription = given;
    }

    @Override
    public void onNext(Change change) {
      end.add(change);
    }

    @Override
    public void onError(Throwable cause) {
      end.add(cause);
    }

    @Override
    public void onComplete() {
      end.add("completed");
    }
  }
}
