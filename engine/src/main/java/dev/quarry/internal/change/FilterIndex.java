package dev.quarry.internal.change;

import dev.quarry.Task;
import dev.quarry.change.Change;
import dev.quarry.internal.codec.IndexedFields;
import dev.quarry.internal.read.Predicates;
import dev.quarry.internal.write.Commit;
import dev.quarry.internal.write.TaskChange;
import dev.quarry.query.Condition;
import dev.quarry.query.Field;
import dev.quarry.query.InstantField;
import dev.quarry.query.TagsField;
import dev.quarry.query.TaskFields;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * The filters of the live subscriptions. Equal filters of which large tasks come in equal form are
 * one group and are evaluated once. A group whose filter demands something of a field (see {@link
 * FilterPlace}; in a conjunction, or in each part of a disjunction) is looked at only for tasks
 * that have it; the others are looked at for every change. Used by the dispatcher's thread only,
 * but for {@link #evaluations}.
 */
final class FilterIndex {
  /** Subscriptions of equal filters, which get the same events. */
  private record Key(Condition filter, long maxEventBytes) {}

  /** One filter and who has it. */
  static final class Group {
    private final Key key;
    private final Predicate<IndexedFields> predicate;
    private final Set<FilterPlace> places;
    private final Set<FeedSubscription> subscriptions = new LinkedHashSet<>();
    private long seen;
    private long matched;
    private List<Change> matches;

    private Group(Key key) {
      this.key = key;
      this.predicate = Predicates.compile(key.filter());
      this.places = FilterPlace.required(key.filter());
    }

    Set<FeedSubscription> subscriptions() {
      return subscriptions;
    }

    /** What the commit under dispatch has for this group. */
    List<Change> matches() {
      return matches;
    }
  }

  private final Map<Key, Group> groups = new HashMap<>();
  private final Map<String, FieldFilters<Group>> byField = new HashMap<>();
  private final Set<Group> unindexed = new LinkedHashSet<>();
  private final List<Group> touched = new ArrayList<>();

  /** Number of the state that is looked at, and of the first one of its change. */
  private long stamp;

  private long firstStamp;
  private final LongAdder evaluations = new LongAdder();

  void add(FeedSubscription subscription) {
    Key key = new Key(subscription.options().filter(), subscription.options().maxEventBytes());
    Group group = groups.computeIfAbsent(key, this::newGroup);
    group.subscriptions.add(subscription);
  }

  private Group newGroup(Key key) {
    Group group = new Group(key);
    if (group.places == null) {
      unindexed.add(group);
    } else {
      for (FilterPlace place : group.places) {
        byField
            .computeIfAbsent(place.field().name(), name -> new FieldFilters<>(place.field()))
            .add(place, group);
      }
    }
    return group;
  }

  void remove(FeedSubscription subscription) {
    Key key = new Key(subscription.options().filter(), subscription.options().maxEventBytes());
    Group group = groups.get(key);
    if (group == null || !group.subscriptions.remove(subscription)) {
      return;
    }
    if (group.subscriptions.isEmpty()) {
      groups.remove(key);
      unindexed.remove(group);
      if (group.places != null) {
        group.places.forEach(place -> leave(place, group));
      }
    }
  }

  private void leave(FilterPlace place, Group group) {
    String field = place.field().name();
    FieldFilters<Group> filters = byField.get(field);
    filters.remove(place, group);
    if (filters.isEmpty()) {
      byField.remove(field);
    }
  }

  boolean isEmpty() {
    return groups.isEmpty();
  }

  /** All that are live. */
  List<FeedSubscription> subscriptions() {
    List<FeedSubscription> all = new ArrayList<>();
    groups.values().forEach(group -> all.addAll(group.subscriptions));
    return all;
  }

  /** How often a filter was evaluated on one state of a task. */
  long evaluations() {
    return evaluations.sum();
  }

  /**
   * The groups that a commit concerns, each with its {@link Group#matches}. Valid until the next.
   */
  List<Group> match(Commit commit) {
    touched.forEach(group -> group.matches = null);
    touched.clear();
    for (TaskChange change : commit.changes()) {
      firstStamp = stamp + 1;
      match(commit, change, change.after());
      match(commit, change, change.before());
    }
    return touched;
  }

  /** A state that is not at a filter's places does not satisfy it, whatever the other state is. */
  private void match(Commit commit, TaskChange change, Task task) {
    if (task == null) {
      return;
    }
    stamp++;
    IndexedFields state = IndexedFields.of(task);
    Consumer<Group> test = group -> test(group, commit, change, state);
    unindexed.forEach(test);
    if (byField.isEmpty()) {
      return;
    }
    for (Field<?> field : TaskFields.all()) {
      FieldFilters<Group> filters = byField.get(field.name());
      if (filters != null) {
        find(filters, field, state, test);
      }
    }
    for (Map.Entry<String, String> attribute : state.attributes().entrySet()) {
      FieldFilters<Group> filters = byField.get(TaskFields.ATTRIBUTE_PREFIX + attribute.getKey());
      if (filters != null) {
        filters.find(attribute.getValue(), test);
      }
    }
  }

  private static void find(
      FieldFilters<Group> filters, Field<?> field, IndexedFields state, Consumer<Group> test) {
    if (field instanceof TagsField) {
      state.tags().forEach(tag -> filters.find(tag, test));
    } else if (field instanceof InstantField) {
      long micros = state.time(field);
      if (micros != IndexedFields.NO_TIME) {
        filters.find(micros, test);
      }
    } else {
      Object value = state.value(field);
      if (value != null) {
        filters.find(value, test);
      }
    }
  }

  private void test(Group group, Commit commit, TaskChange change, IndexedFields state) {
    if (group.seen == stamp || group.matched >= firstStamp) {
      return;
    }
    group.seen = stamp;
    evaluations.increment();
    if (group.predicate.test(state)) {
      group.matched = stamp;
      if (group.matches == null) {
        group.matches = new ArrayList<>();
        touched.add(group);
      }
      group.matches.add(Events.of(commit, change, group.key.maxEventBytes()));
    }
  }
}
