package dev.quarry.internal.read;

import dev.quarry.index.PostingIndex;
import dev.quarry.index.Postings;
import dev.quarry.internal.codec.OrderedKeys;
import dev.quarry.internal.index.IndexCatalog;
import dev.quarry.internal.storage.Family;
import dev.quarry.internal.storage.Keys;
import dev.quarry.internal.storage.StorageIterator;
import dev.quarry.query.Condition;
import dev.quarry.query.Query;
import dev.quarry.query.QueryPlan.Access;
import dev.quarry.query.TaskFields;
import java.util.ArrayList;
import java.util.List;

/**
 * Chooses between taking the candidates of the posting lists (and sorting them) and walking an
 * ordered index in the wanted order (testing membership), by the cardinalities, which are exact.
 * Costs are in nanoseconds, rounded from measurements on 2 cores; only their ratios matter.
 */
final class Planner {
  private static final double CANDIDATE = 15;
  private static final double ROW = 70;
  private static final double RECORD = 7_000;
  private static final double STEP = 1_700;
  private static final double SEEK = 25_000;
  private static final double SCAN_STEP = 2_800;

  /** So many ids of a prefix, or a hundredth of all, are few; the bounds are of what is counted. */
  private static final int FEW_IDS = 2_000;

  private static final int MOST_COUNTED = 10_000;

  /** For what looks at them once. */
  private static final int MOST_COUNTED_ONCE = 200_000;

  /** Of a member of a set, or of a row, on a walk. */
  private static final double TEST = 200;

  private final View view;
  private final Query query;
  private final int want;
  private final double inRun;
  private final boolean once;
  private final Deadline deadline;
  private final PostingIndex index;
  private final TermSets sets;
  private final List<Condition> parts;
  private final List<Condition> members = new ArrayList<>();
  private final List<Condition> residual = new ArrayList<>();
  private double total;
  private double expected;
  private Condition smallestMember;
  private boolean rowsDecide;

  private Planner(View view, Query query, int want, double inRun, boolean once, Deadline deadline) {
    this.view = view;
    this.query = query;
    this.want = want;
    this.inRun = inRun;
    this.once = once;
    this.deadline = deadline;
    this.index = view.estimates();
    this.sets = index == null ? null : new TermSets(index, view.catalog());
    this.parts =
        query.condition() instanceof Condition.And and ? and.parts() : List.of(query.condition());
  }

  /** The plan for the first {@code want} results. */
  static Plan plan(View view, Query query, int want, Deadline deadline) {
    return new Planner(view, query, want, Double.POSITIVE_INFINITY, false, deadline).choose();
  }

  /** The same where candidates are sorted in runs of so many, for each of which all are walked. */
  static Plan planInRuns(View view, Query query, int want, long inRun, Deadline deadline) {
    return new Planner(view, query, want, inRun, false, deadline).choose();
  }

  /** The plan for all results in one walk, which counts or sums up; counting ids takes time. */
  static Plan planOnce(View view, Query query, Deadline deadline) {
    return new Planner(view, query, Integer.MAX_VALUE, Double.POSITIVE_INFINITY, true, deadline)
        .choose();
  }

  private Plan choose() {
    split();
    Plan best = candidatePlan();
    Plan ids = idPlan(best);
    if (ids != null) {
      return ids;
    }
    double bestCost = candidateCost(best);
    for (IndexCatalog.Entry entry : view.catalog().ordered()) {
      OrderedMatch match = entry.isReadable() ? OrderedMatch.of(entry, parts, query.order()) : null;
      if (match == null) {
        continue;
      }
      double cost = walkCost(match);
      if (cost < bestCost) {
        bestCost = cost;
        best = walkPlan(match);
      }
    }
    return best;
  }

  private void split() {
    double smallest = Double.MAX_VALUE;
    total = sets == null ? 0 : sets.all().upperBound();
    expected = total;
    for (Condition part : parts) {
      Postings set = sets == null ? null : sets.of(part, deadline);
      if (set == null) {
        residual.add(part);
        continue;
      }
      members.add(part);
      double bound = Math.min(total, (double) set.upperBound());
      expected = total == 0 ? 0 : expected * bound / total;
      if (bound < smallest) {
        smallest = bound;
        smallestMember = part;
      }
    }
    Condition rest = conjunction(residual);
    rowsDecide = view.hasRows() && (rest == null || RowPredicate.compile(rest) != null);
  }

  private static Condition conjunction(List<Condition> conditions) {
    return conditions.isEmpty()
        ? null
        : conditions.size() == 1 ? conditions.get(0) : new Condition.And(conditions);
  }

  private Plan candidatePlan() {
    boolean byOrdinal = query.order().isEmpty();
    if (members.isEmpty() && !rowsDecide) {
      return new Plan(
          Access.FULL_SCAN,
          () -> "",
          null,
          conjunction(parts),
          null,
          null,
          null,
          null,
          false,
          byOrdinal,
          Math.round(total));
    }
    return new Plan(
        Access.POSTINGS,
        this::membersLabel,
        members.isEmpty() ? new Condition.And(List.of()) : conjunction(members),
        conjunction(residual),
        null,
        null,
        null,
        null,
        false,
        byOrdinal,
        Math.round(expected));
  }

  private String membersLabel() {
    String label = smallestMember == null ? "all tasks" : smallestMember.toString();
    return members.size() > 1 ? label + " and " + (members.size() - 1) + " more" : label;
  }

  private double candidateCost(Plan plan) {
    if (plan.access() == Access.FULL_SCAN) {
      // one that ends at the limit has no rival: no index delivers tasks in no order
      return (index == null ? view.ordinalBound() : total) * SCAN_STEP * runs();
    }
    double each = CANDIDATE;
    if (!residual.isEmpty()) {
      each += rowsDecide ? ROW : RECORD;
    }
    boolean sort = !query.order().isEmpty();
    if (sort) {
      each += view.hasRows() && new RowKey.Sorter(query.order()).usesNumbers() ? ROW : RECORD;
    }
    return sort ? expected * each * runs() : Math.min(expected, want) * each;
  }

  /** How often candidates that are sorted are walked. */
  private double runs() {
    double rows = index == null ? view.ordinalBound() : expected;
    return query.order().isEmpty() ? 1 : Math.max(1, Math.ceil(Math.min(rows, want) / inRun));
  }

  private double walkCost(OrderedMatch match) {
    double inPrefix =
        match.entry().isOfReady() && sets != null
            ? sets.of(Condition.ready(), deadline).upperBound()
            : total;
    for (Condition fixed : match.fixed()) {
      Postings set = sets == null ? null : sets.of(fixed, deadline);
      inPrefix = set == null || total == 0 ? inPrefix : inPrefix * set.upperBound() / total;
    }
    double test = 0;
    for (Condition part : parts) {
      if (!match.decides(part)) {
        test = view.hasRows() ? TEST : RECORD;
      }
    }
    if (index == null) {
      return SEEK + Math.min(want, view.ordinalBound()) * (STEP + test) * 4;
    }
    double rate = expected <= 0 ? 1e-9 : Math.min(1, expected / Math.max(1, inPrefix));
    double steps = Math.min(inPrefix, want / rate);
    return SEEK + steps * (STEP + test);
  }

  private Plan walkPlan(OrderedMatch match) {
    List<Condition> inSet = new ArrayList<>();
    for (Condition part : members) {
      if (!match.decides(part)) {
        inSet.add(part);
      }
    }
    List<Condition> rest = new ArrayList<>();
    for (Condition part : residual) {
      if (!match.decides(part)) {
        rest.add(part);
      }
    }
    return new Plan(
        Access.ORDERED_INDEX,
        () -> match.entry().spec().name(),
        conjunction(inSet),
        conjunction(rest),
        match.entry(),
        match.keyPrefix(),
        match.lower(),
        match.upper(),
        match.reverse(),
        true,
        Math.round(expected));
  }

  /** The prefix without the half of a character at its end, whose bytes are not a prefix. */
  private static String wholeCharacters(String prefix) {
    int last = prefix.length() - 1;
    return last >= 0 && Character.isHighSurrogate(prefix.charAt(last))
        ? prefix.substring(0, last)
        : prefix;
  }

  /** Which ids a condition leaves, and how surely that is worth a walk over them. */
  private final class IdRange {
    private final boolean ordered =
        query.order().size() == 1 && query.order().get(0).field().equals(TaskFields.ID);
    private byte[] lower;
    private byte[] upper;
    private boolean isOne;
    private boolean hasPrefix;

    IdRange() {
      for (Condition part : parts) {
        if (part instanceof Condition.Compare c && c.field().equals(TaskFields.ID)) {
          narrow(c.op(), (String) c.value());
        }
      }
    }

    private void narrow(Condition.Op op, String value) {
      byte[] id = Keys.id(value);
      switch (op) {
        case EQ -> {
          bound(id, Ranges.behind(id));
          isOne = true;
        }
        case STARTS_WITH -> {
          byte[] prefix = Keys.id(wholeCharacters(value));
          bound(prefix, OrderedKeys.successor(prefix));
          hasPrefix = true;
        }
        case LT -> bound(null, id);
        case LE -> bound(null, Ranges.behind(id));
        case GT -> bound(Ranges.behind(id), null);
        case GE -> bound(id, null);
      }
    }

    private void bound(byte[] from, byte[] to) {
      lower = from == null ? lower : Ranges.larger(lower, from);
      upper = Ranges.smaller(upper, to);
    }

    /** As {@link #walkCost}, and as if comparisons left all ids: how many they leave is unknown. */
    double cost() {
      boolean cheap = residual.isEmpty() || rowsDecide;
      double test = members.isEmpty() && residual.isEmpty() ? 0 : cheap ? TEST : RECORD;
      double rate = expected <= 0 ? 1e-9 : expected / total;
      return SEEK + Math.min(total, want / rate) * (STEP + test);
    }

    /**
     * Whether the range ends soon enough. In no order each step of a query looks at all of it; what
     * counts looks at it once, which is worth it up to the cost of another way, within bounds. To
     * find out costs a fifth of that at most: ids are counted without their records.
     */
    boolean areFew(Plan other) {
      double few = Math.min(MOST_COUNTED, Math.max(FEW_IDS, total / 100));
      if (once) {
        double worth = candidateCost(other) / (STEP + RECORD);
        few = Math.max(few, Math.min(MOST_COUNTED_ONCE, worth));
      }
      long n = 0;
      try (StorageIterator it = view.iterate(Family.IDS, lower, upper, false)) {
        for (it.first(); it.isValid() && n <= few; it.next()) {
          n++;
          if (once) {
            deadline.step();
          }
        }
      }
      return n <= few;
    }

    Plan plan() {
      boolean descending = !query.order().isEmpty() && query.order().get(0).descending();
      return new Plan(
          Access.ID_RANGE,
          () -> "ids",
          conjunction(members),
          conjunction(residual),
          null,
          null,
          lower,
          upper,
          ordered && descending,
          ordered,
          isOne ? 1 : Math.round(expected));
    }
  }

  /**
   * An id, the ids of a prefix that has few or in their order, or the tasks by id unless sorting
   * those of posting lists costs less; null where another way is better.
   */
  private Plan idPlan(Plan candidates) {
    IdRange ids = new IdRange();
    if (ids.isOne || (ids.hasPrefix && (ids.ordered || ids.areFew(candidates)))) {
      return ids.plan();
    }
    if (!ids.ordered) {
      return null; // ids in no order would have to be sorted by ordinal
    }
    boolean sorted =
        candidates.access() == Access.POSTINGS && candidateCost(candidates) < ids.cost();
    return sorted ? null : ids.plan();
  }
}
