package dev.quarry.internal.change;

import dev.quarry.Task;
import dev.quarry.change.Change;
import dev.quarry.internal.codec.IndexedFields;
import dev.quarry.internal.read.Predicates;
import dev.quarry.internal.write.Commit;
import dev.quarry.internal.write.TaskChange;
import dev.quarry.query.Condition;
import dev.quarry.query.Field;
import dev.quarry.query.TaskFields;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Predicate;

/**
 * The filters of the live subscriptions. Equal filters are one group and are evaluated once. A
 * group whose filter requires one of a few values of a field (in a conjunction, or in each part of
 * a disjunction) is looked at only for tasks with such a value; the others are looked at for every
 * change. Used by the dispatcher's thread only, but for {@link #evaluations}.
 */
final class FilterIndex {
  /** Fields that a filter can be found by, those that exclude most first. */
  private static final List<Field<?>> FIELDS =
      List.of(
          TaskFields.ID,
          TaskFields.ASSIGNEE,
          TaskFields.TAGS,
          TaskFields.PROJECT,
          TaskFields.AGENT,
          TaskFields.PRIORITY,
          TaskFields.STATUS);

  /** A field with a value that a task must have. */
  private record Term(Field<?> field, Object value) {}

  /** Subscriptions of equal filters, which get the same events. */
  private record Key(Condition filter, long maxEventBytes) {}

  /** One filter and who has it. */
  static final class Group {
    private final Key key;
    private final Predicate<IndexedFields> predicate;
    private final Set<Term> terms;
    private final Set<FeedSubscription> subscriptions = new LinkedHashSet<>();
    private long seen;
    private List<Change> matches;

    private Group(Key key) {
      this.key = key;
      this.predicate = Predicates.compile(key.filter());
      this.terms = required(key.filter());
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
  private final Map<Term, List<Group>> byTerm = new HashMap<>();
  private final Set<Group> unindexed = new LinkedHashSet<>();
  private final List<Group> touched = new ArrayList<>();
  private long stamp;
  private final LongAdder evaluations = new LongAdder();

  void add(FeedSubscription subscription) {
    Key key = new Key(subscription.options().filter(), subscription.options().maxEventBytes());
    Group group = groups.computeIfAbsent(key, this::newGroup);
    group.subscriptions.add(subscription);
  }

  private Group newGroup(Key key) {
    Group group = new Group(key);
    if (group.terms == null) {
      unindexed.add(group);
    } else {
      group.terms.forEach(term -> byTerm.computeIfAbsent(term, t -> new ArrayList<>()).add(group));
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
      if (group.terms != null) {
        group.terms.forEach(term -> leave(term, group));
      }
    }
  }

  private void leave(Term term, Group group) {
    List<Group> list = byTerm.get(term);
    list.remove(group);
    if (list.isEmpty()) {
      byTerm.remove(term);
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
      stamp++;
      IndexedFields before = fields(change.before());
      IndexedFields after = fields(change.after());
      for (Group group : unindexed) {
        test(group, commit, change, before, after);
      }
      if (!byTerm.isEmpty()) {
        candidates(before, commit, change, before, after);
        candidates(after, commit, change, before, after);
      }
    }
    return touched;
  }

  private static IndexedFields fields(Task task) {
    return task == null ? null : IndexedFields.of(task);
  }

  private void candidates(
      IndexedFields state,
      Commit commit,
      TaskChange change,
      IndexedFields before,
      IndexedFields after) {
    if (state == null) {
      return;
    }
    for (Field<?> field : FIELDS) {
      Object value = state.value(field);
      if (value instanceof List<?> tags) {
        for (Object tag : tags) {
          candidates(new Term(field, tag), commit, change, before, after);
        }
      } else if (value != null) {
        candidates(new Term(field, value), commit, change, before, after);
      }
    }
  }

  private void candidates(
      Term term, Commit commit, TaskChange change, IndexedFields before, IndexedFields after) {
    for (Group group : byTerm.getOrDefault(term, List.of())) {
      test(group, commit, change, before, after);
    }
  }

  private void test(
      Group group, Commit commit, TaskChange change, IndexedFields before, IndexedFields after) {
    if (group.seen == stamp) {
      return;
    }
    group.seen = stamp;
    boolean concerns = false;
    if (after != null) {
      evaluations.increment();
      concerns = group.predicate.test(after);
    }
    if (!concerns && before != null) {
      evaluations.increment();
      concerns = group.predicate.test(before);
    }
    if (concerns) {
      if (group.matches == null) {
        group.matches = new ArrayList<>();
        touched.add(group);
      }
      group.matches.add(Events.of(commit, change, group.key.maxEventBytes()));
    }
  }

  /**
   * Terms of which a task must have at least one to satisfy the condition, null where there are no
   * such; empty where nothing satisfies it.
   */
  private static Set<Term> required(Condition condition) {
    if (condition instanceof Condition.Compare compare) {
      return compare.op() == Condition.Op.EQ && FIELDS.contains(compare.field())
          ? Set.of(new Term(compare.field(), compare.value()))
          : null;
    }
    if (condition instanceof Condition.In in) {
      if (!FIELDS.contains(in.field())) {
        return null;
      }
      Set<Term> terms = new HashSet<>();
      in.values().forEach(value -> terms.add(new Term(in.field(), value)));
      return terms;
    }
    if (condition instanceof Condition.Or or) {
      return requiredByAny(or.parts());
    }
    return condition instanceof Condition.And and ? requiredByAll(and.parts()) : null;
  }

  private static Set<Term> requiredByAny(List<Condition> parts) {
    Set<Term> terms = new HashSet<>();
    for (Condition part : parts) {
      Set<Term> some = required(part);
      if (some == null) {
        return null;
      }
      terms.addAll(some);
    }
    return terms;
  }

  private static Set<Term> requiredByAll(List<Condition> parts) {
    Set<Term> best = null;
    for (Condition part : parts) {
      Set<Term> some = required(part);
      if (some != null && (best == null || cost(some) < cost(best))) {
        best = some;
      }
    }
    return best;
  }

  /** The wider the field excludes and the fewer the values, the cheaper. */
  private static int cost(Set<Term> terms) {
    int cost = 0;
    for (Term term : terms) {
      cost += 1 << (2 * FIELDS.indexOf(term.field()));
    }
    return cost;
  }
}
