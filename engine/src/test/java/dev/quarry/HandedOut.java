package dev.quarry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.change.ChangeListener;
import dev.quarry.change.Subscription;
import dev.quarry.change.WatchOptions;
import dev.quarry.query.Condition;
import dev.quarry.query.Field;
import dev.quarry.query.HoursField;
import dev.quarry.query.InstantField;
import dev.quarry.query.Query;
import dev.quarry.query.TaskFields;
import dev.quarry.work.Claim;
import dev.quarry.work.RetryPolicy;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * One object at least of each kind that a store hands out, the store itself among them, and a way
 * to call every method of each with arguments that an open store would take. What is called back
 * fails: nothing that is closed may call anybody.
 */
final class HandedOut {
  /** What is made by which name; in the order in which it was made. */
  final Map<String, Object> objects = new LinkedHashMap<>();

  /** Where copies would be written to. */
  final Path target;

  private final Map<Class<?>, Object> arguments = new HashMap<>();

  private HandedOut(Path target) {
    this.target = target;
    putArguments();
  }

  /** Options of a store that {@link #of} can take. */
  static TaskStoreOptions.Builder options(Path directory) {
    return TaskStoreOptions.builder(directory)
        .limits(Limits.DEFAULT.calls(ID, 1_000_000)); // see as(String)
  }

  private static final String ID = "T-1";

  /** Fills a store with tasks of all kinds that the arguments name. */
  static void fill(TaskStore store) {
    for (int i = 0; i < 10; i++) {
      Task.Builder task = Task.builder("T-" + i, "t").agent("a" + i % 2);
      store.insert(i == 0 ? task.build() : task.dependencies(List.of("T-0")).build());
    }
    store.insert(Task.builder("archived", "t").build());
    store.archive(List.of("archived"));
  }

  /** All that a store hands out; a read-only one has no queues and no jobs. */
  static HandedOut of(TaskStore store, Path target) throws InterruptedException {
    HandedOut all = new HandedOut(target);
    Map<String, Object> objects = all.objects;
    objects.put("store", store);
    objects.put("store for a caller", store.as(ID));
    objects.put("store within a time", store.within(Duration.ofSeconds(5)));
    objects.put("claims", store.claims());
    objects.put("graph", store.graph());
    objects.put("subscriptions", store.subscriptions());
    objects.put("cursor", store.scan(Query.all(), ScanOptions.chunks(2)));
    all.putSnapshot("snapshot", store.snapshot());
    all.putSnapshot("past state", store.asOf(2));
    WatchOptions.Builder watch = WatchOptions.builder().fromSequence(0);
    all.putSubscription("subscription", store.watch(watch.build(), change -> {}));
    if (!store.isReadOnly()) {
      watch.name("named");
      all.putSubscription("named subscription", store.watch(watch.build(), change -> {}));
      objects.put("batch", store.newBatch().insert(Task.builder("B", "t").build()));
      objects.put("queue of writes", store.async());
      Job through = store.updateAll("through", Query.all(), 2, task -> task);
      through.await();
      objects.put("job that is through", through);
      objects.put("job under way", jobUnderWay(store));
    }
    return all;
  }

  private void putSnapshot(String name, Snapshot snapshot) {
    objects.put(name, snapshot);
    objects.put(name + " within a time", snapshot.within(Duration.ofSeconds(5)));
    objects.put("cursor of " + name, snapshot.scan(Query.all(), ScanOptions.chunks(2)));
  }

  private void putSubscription(String name, Subscription subscription) throws InterruptedException {
    assertThat(subscription.await(1, Duration.ofMinutes(1))).isTrue();
    objects.put(name, subscription);
  }

  /** Its first change returns when the store is being closed. */
  private static Job jobUnderWay(TaskStore store) throws InterruptedException {
    CountDownLatch begun = new CountDownLatch(1);
    Job job =
        store.updateAll(
            "under way",
            Query.all(),
            1,
            task -> {
              begun.countDown();
              try {
                Until.holds("the store is being closed", () -> isClosed(store));
              } catch (Exception e) {
                throw new AssertionError(e);
              }
              Until.isOver(
                  200_000_000); // for each of the tasks: it cannot be done before it is ended
              return task;
            });
    begun.await();
    return job;
  }

  private static boolean isClosed(TaskStore store) {
    try {
      return store.sequence() < 0;
    } catch (StoreClosedException e) {
      return true;
    }
  }

  // ---- methods

  /** The interfaces of what can be got from a store, from what can be got from that, and so on. */
  static Set<Class<?>> kinds() {
    Set<Class<?>> kinds = new TreeSet<>((a, b) -> a.getName().compareTo(b.getName()));
    Deque<Class<?>> next = new ArrayDeque<>(List.of(TaskStore.class));
    while (!next.isEmpty()) {
      Class<?> kind = next.remove();
      if (kind.isInterface() && kind.getName().startsWith("dev.quarry.") && kinds.add(kind)) {
        methods(kind).forEach(method -> next.add(method.getReturnType()));
      }
    }
    return kinds;
  }

  /** The interface that an object was handed out as: the narrowest of these that it has. */
  static Class<?> kindOf(Object object) {
    List<Class<?>> all = kinds().stream().filter(kind -> kind.isInstance(object)).toList();
    return all.stream()
        .filter(kind -> all.stream().allMatch(other -> other.isAssignableFrom(kind)))
        .findFirst()
        .orElseThrow();
  }

  /** The methods that callers have of an interface, inherited ones among them. */
  static List<Method> methods(Class<?> kind) {
    return Stream.of(kind.getMethods())
        .filter(method -> !Modifier.isStatic(method.getModifiers()) && !method.isBridge())
        .sorted((a, b) -> signature(a).compareTo(signature(b)))
        .toList();
  }

  /** Name and types of the parameters. */
  static String signature(Method method) {
    return Stream.of(method.getParameterTypes())
        .map(Class::getSimpleName)
        .collect(Collectors.joining(", ", method.getName() + "(", ")"));
  }

  /** Calls it, with arguments by the types of its parameters. */
  Object call(Object object, Method method) throws Throwable {
    Object[] values = Arrays.stream(method.getParameterTypes()).map(this::argument).toArray();
    try {
      return method.invoke(object, values);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }

  private Object argument(Class<?> type) {
    assertThat(arguments).as("arguments by the type of parameter").containsKey(type);
    return arguments.get(type);
  }

  private <T> void put(Class<? super T> type, T value) {
    arguments.put(type, value);
  }

  private void putArguments() {
    put(String.class, ID);
    put(int.class, 2);
    put(long.class, 1L);
    put(boolean.class, true);
    put(Path.class, target);
    put(Task.class, Task.builder(ID, "t").build());
    put(Status.class, Status.DONE);
    put(Durability.class, Durability.SYNC);
    put(Collection.class, List.of());
    put(Set.class, Set.of(Status.DONE));
    put(Duration.class, Duration.ofSeconds(5));
    put(Instant.class, Instant.now());
    put(IndexSpec.class, IndexSpec.ordered("own", TaskFields.DUE_AT.ascending()));
    put(Query.class, Query.all());
    put(Condition.class, TaskFields.STATUS.is(Status.TODO));
    put(Field.class, TaskFields.STATUS);
    put(HoursField.class, TaskFields.ACTUAL_HOURS);
    put(InstantField.class, TaskFields.CREATED_AT);
    put(PageRequest.class, PageRequest.first(2));
    put(ScanOptions.class, ScanOptions.chunks(2));
    put(WatchOptions.class, WatchOptions.builder().build());
    put(AsyncWrites.Policy.class, AsyncWrites.Policy.BLOCK);
    put(Link.Type.class, Link.Type.PARENT);
    put(Claim.class, Claim.reference(ID, 1, "w"));
    put(RetryPolicy.class, RetryPolicy.once());
    put(Supplier.class, (Supplier<String>) () -> "work");
    put(Consumer.class, (ChangeListener) change -> calledBack());
    put(UnaryOperator.class, (UnaryOperator<Object>) task -> calledBack());
    put(ProgressListener.class, (ProgressListener) (phase, done, total) -> calledBack());
  }

  private static Object calledBack() {
    throw new AssertionError("called back by what is closed");
  }
}
