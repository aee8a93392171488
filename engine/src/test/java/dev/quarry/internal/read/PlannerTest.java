package dev.quarry.internal.read;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.IndexInfo;
import dev.quarry.IndexSpec;
import dev.quarry.Priority;
import dev.quarry.Status;
import dev.quarry.index.IndexBatch;
import dev.quarry.index.PostingIndex;
import dev.quarry.index.PostingIndexes;
import dev.quarry.internal.codec.OrderedKeys;
import dev.quarry.internal.index.IndexCatalog;
import dev.quarry.internal.index.OrderedEntries;
import dev.quarry.internal.index.Terms;
import dev.quarry.internal.storage.Keys;
import dev.quarry.query.Condition;
import dev.quarry.query.Order;
import dev.quarry.query.Query;
import dev.quarry.query.QueryPlan.Access;
import dev.quarry.query.TaskFields;
import java.lang.reflect.Proxy;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What drives a query, by how many tasks satisfy its parts. Where two ways cost the same is not
 * pinned: the sizes here lie to both sides of it, apart by a third or more.
 */
class PlannerTest {
  private static final int TASKS = 10_000;
  private static final Deadline FOREVER = new Deadline(ChronoUnit.FOREVER.getDuration());
  private static final Condition TODO = TaskFields.STATUS.is(Status.TODO);
  private static final Condition RUNNING = TaskFields.STATUS.is(Status.IN_PROGRESS);
  private static final Condition IN_P1 = TaskFields.PROJECT.is("p1");
  private static final Condition IN_BIG = TaskFields.PROJECT.is("big");
  private static final Instant TIME = Instant.parse("2026-01-01T00:00:00Z");
  private static final Condition OLD = TaskFields.CREATED_AT.before(TIME);
  private static final Condition LONG = TaskFields.ESTIMATED_HOURS.atLeast(5.0);

  /** An attribute without an index: only the record knows it. */
  private static final Condition OF_RECORD = TaskFields.attribute("x").is("y");

  private static final Order BY_CREATED = TaskFields.CREATED_AT.ascending();

  /** No ordered index has it, and rows can sort by it. */
  private static final Order BY_HOURS = TaskFields.ESTIMATED_HOURS.ascending();

  /** No ordered index has it, and only records can sort by it. */
  private static final Order BY_ATTRIBUTE = TaskFields.attribute("x").ascending();

  private final PostingIndex index = filled();
  private IndexCatalog catalog = IndexCatalog.builtIn();
  private PostingIndex estimates = index;
  private boolean hasRows = true;
  private long ordinalBound = TASKS;

  private static PostingIndex filled() {
    PostingIndex index = PostingIndexes.heap(new int[] {8});
    IndexBatch batch = new IndexBatch();
    for (int o = 0; o < TASKS; o++) {
      batch.add(Terms.EXISTS, Terms.EXISTS_TERM, o);
      Status status = o % 1_000 == 1 ? Status.IN_PROGRESS : o % 2 == 0 ? Status.TODO : Status.DONE;
      batch.add(Terms.STATUS, Terms.termBytes(status), o);
      batch.add(Terms.PROJECT, Terms.termBytes(o % 100 == 0 ? "p1" : "big"), o);
      if (o % 4 == 0) {
        batch.add(Terms.READY, Terms.READY_TERM, o);
      }
    }
    index.apply(batch, 1);
    return index;
  }

  private Plan plan(Query query, int want) {
    return Planner.plan(view(), query, want, FOREVER);
  }

  private Plan planAll(Query query, long inRun) {
    return Planner.planInRuns(view(), query, Integer.MAX_VALUE, inRun, FOREVER);
  }

  private View view() {
    return (View)
        Proxy.newProxyInstance(
            View.class.getClassLoader(),
            new Class<?>[] {View.class},
            (proxy, method, arguments) ->
                switch (method.getName()) {
                  case "catalog" -> catalog;
                  case "estimates" -> estimates;
                  case "hasRows" -> hasRows;
                  case "ordinalBound" -> ordinalBound;
                  default -> throw new AssertionError(method);
                });
  }

  private static Query where(Condition... parts) {
    return Query.where(new Condition.And(List.of(parts)));
  }

  private static void assertPlan(
      Plan plan, Access access, String label, Condition members, Condition residual, long rows) {
    assertThat(plan.access()).isEqualTo(access);
    assertThat(plan.label().get()).isEqualTo(label);
    assertThat(plan.members()).isEqualTo(members);
    assertThat(plan.residual()).isEqualTo(residual);
    assertThat(plan.estimate()).isEqualTo(rows);
  }

  @Test
  void postings_decide_what_they_can_and_the_rest_is_tested() {
    Plan plan = plan(where(TODO, IN_P1), 20);
    Condition both = new Condition.And(List.of(TODO, IN_P1));
    assertPlan(plan, Access.POSTINGS, IN_P1 + " and 1 more", both, null, 50);
    assertThat(plan.ordered()).isTrue();
    plan = plan(where(IN_P1, LONG, TODO), 20);
    both = new Condition.And(List.of(IN_P1, TODO));
    assertPlan(plan, Access.POSTINGS, IN_P1 + " and 1 more", both, LONG, 50);
    plan = plan(Query.where(TODO), 20);
    assertPlan(plan, Access.POSTINGS, TODO.toString(), TODO, null, 5_000);
    plan = plan(where(RUNNING, OF_RECORD, LONG).orderBy(BY_HOURS), 20);
    Condition rest = new Condition.And(List.of(OF_RECORD, LONG));
    assertPlan(plan, Access.POSTINGS, RUNNING.toString(), RUNNING, rest, 10);
    assertThat(plan.ordered()).isFalse();
    assertThat(plan.index()).isNull();
  }

  @Test
  void where_no_postings_decide_rows_do_and_else_the_records() {
    Condition none = new Condition.And(List.of());
    assertPlan(plan(where(), 20), Access.POSTINGS, "all tasks", none, null, TASKS);
    Plan plan = plan(where(LONG), 20);
    assertPlan(plan, Access.POSTINGS, "all tasks", none, LONG, TASKS);
    plan = plan(where(OF_RECORD), 20);
    assertPlan(plan, Access.FULL_SCAN, "", null, OF_RECORD, TASKS);
    assertThat(plan.ordered()).isTrue();
    hasRows = false;
    plan = plan(where(LONG, OLD), 20);
    Condition both = new Condition.And(List.of(LONG, OLD));
    assertPlan(plan, Access.FULL_SCAN, "", null, both, TASKS);
    assertPlan(plan(where(), 20), Access.FULL_SCAN, "", null, null, TASKS);
    estimates = null;
    plan = plan(where(TODO), 20);
    assertPlan(plan, Access.FULL_SCAN, "", null, TODO, 0);
    plan = plan(where(TODO).orderBy(BY_ATTRIBUTE), 20);
    assertPlan(plan, Access.FULL_SCAN, "", null, TODO, 0);
    assertThat(plan.ordered()).isFalse();
  }

  @Test
  void an_empty_store_is_planned_for() {
    estimates = PostingIndexes.heap(new int[] {8});
    Plan plan = plan(where(TODO).orderBy(BY_CREATED), 20);
    assertPlan(plan, Access.POSTINGS, TODO.toString(), TODO, null, 0);
    plan = plan(where(IN_P1, TODO), 20);
    assertThat(plan.estimate()).isZero();
    assertThat(plan(where(Condition.ready(), IN_P1), 20).estimate()).isZero();
  }

  /** Sorting all costs the same for any number of results, walking an index costs by each. */
  @ParameterizedTest
  @CsvSource({"1, true", "20, true", "320, true", "700, false", "100000, false"})
  void all_in_an_order_are_walked_while_few_are_wanted(int want, boolean walk) {
    Plan plan = plan(Query.all().orderBy(BY_CREATED), want);
    assertThat(plan.access()).isEqualTo(walk ? Access.ORDERED_INDEX : Access.POSTINGS);
    assertThat(plan.ordered()).isEqualTo(walk);
    assertThat(plan.label().get()).isEqualTo(walk ? "created" : "all tasks");
  }

  /** Half of the steps are for nothing, and each tests a row; half of the candidates are sorted. */
  @ParameterizedTest
  @CsvSource({"20, true", "70, true", "160, false", "5000, false"})
  void half_in_an_order_are_walked_while_fewer_are_wanted(int want, boolean walk) {
    Plan plan = plan(where(TODO).orderBy(BY_CREATED), want);
    assertThat(plan.access()).isEqualTo(walk ? Access.ORDERED_INDEX : Access.POSTINGS);
    assertThat(plan.members()).isEqualTo(TODO);
    assertThat(plan.residual()).isNull();
    assertThat(plan.estimate()).isEqualTo(5_000);
  }

  @Test
  void few_members_are_sorted_rather_than_looked_for_along_an_index() {
    assertThat(plan(where(RUNNING).orderBy(BY_CREATED), 20).access()).isEqualTo(Access.POSTINGS);
    assertThat(plan(where(IN_P1).orderBy(BY_CREATED), 20).access()).isEqualTo(Access.POSTINGS);
  }

  /** Without rows each candidate's record is read to sort it. */
  @Test
  void without_rows_far_fewer_candidates_are_worth_a_walk() {
    Query query = where(IN_P1).orderBy(TaskFields.STATUS.ascending(), BY_CREATED);
    assertThat(plan(query, 5).access()).isEqualTo(Access.POSTINGS);
    query = Query.where(TODO).orderBy(BY_CREATED);
    assertThat(plan(query, 1_000).access()).isEqualTo(Access.POSTINGS);
    hasRows = false;
    assertThat(plan(query, 1_000).access()).isEqualTo(Access.ORDERED_INDEX);
    assertThat(plan(where(RUNNING).orderBy(BY_CREATED), 20).access()).isEqualTo(Access.POSTINGS);
  }

  /** A condition of the record on each candidate makes a walk with few results cheaper. */
  @Test
  void what_only_records_tell_is_paid_for_by_every_candidate() {
    Query query = where(IN_BIG, OF_RECORD).orderBy(BY_CREATED);
    assertThat(plan(query, 1_000).access()).isEqualTo(Access.ORDERED_INDEX);
    query = where(IN_BIG, LONG).orderBy(BY_CREATED);
    assertThat(plan(query, 1_000).access()).isEqualTo(Access.POSTINGS);
  }

  @Test
  void without_estimates_a_walk_is_weighed_against_a_scan_of_all() {
    estimates = null;
    hasRows = false;
    Query query = Query.where(OF_RECORD).orderBy(BY_CREATED);
    assertThat(plan(query, 20).access()).isEqualTo(Access.ORDERED_INDEX);
    assertThat(plan(query, 600).access()).isEqualTo(Access.ORDERED_INDEX);
    assertThat(plan(query, 1_200).access()).isEqualTo(Access.FULL_SCAN);
    assertThat(plan(Query.all().orderBy(BY_CREATED), 3_000).access())
        .isEqualTo(Access.ORDERED_INDEX);
    assertThat(plan(Query.all().orderBy(BY_CREATED), 6_000).access()).isEqualTo(Access.FULL_SCAN);
    ordinalBound = 20;
    assertThat(plan(query, 20).access()).isEqualTo(Access.FULL_SCAN);
  }

  @Test
  void a_walk_is_bounded_by_what_the_index_holds() {
    Plan plan = plan(where(OLD).orderBy(TaskFields.CREATED_AT.descending()), 20);
    assertThat(plan.access()).isEqualTo(Access.ORDERED_INDEX);
    assertThat(plan.reverse()).isTrue();
    IndexCatalog.Entry created = catalog.byName("created");
    assertThat(plan.index()).isEqualTo(created);
    byte[] prefix = OrderedEntries.prefix(created.number());
    assertThat(plan.keyPrefix()).isEmpty();
    assertThat(plan.lower())
        .isEqualTo(OrderedKeys.lowerBound(prefix, BY_CREATED, Condition.Op.LT, TIME));
    assertThat(plan.upper())
        .isEqualTo(OrderedKeys.upperBound(prefix, BY_CREATED, Condition.Op.LT, TIME));
    assertThat(plan.residual()).isEqualTo(OLD); // which bounds are never too narrow for
    assertThat(plan.members()).isNull();
    assertThat(plan.estimate()).isEqualTo(TASKS);
  }

  @Test
  void an_index_of_equalities_and_the_order_is_walked_within_them() {
    Condition urgent = TaskFields.PRIORITY.is(Priority.CRITICAL);
    Query query = where(IN_BIG, TODO, LONG).orderBy(TaskFields.PRIORITY.descending(), BY_CREATED);
    Plan plan = plan(query, 5);
    assertPlan(
        plan,
        Access.ORDERED_INDEX,
        "project+status+priority+created",
        IN_BIG, // a key cannot tell every text from a longer one
        LONG,
        4_950);
    assertThat(plan.ordered()).isTrue();
    assertThat(plan.reverse()).isFalse();
    assertThat(plan.keyPrefix()).isNotEmpty();
    assertThat(plan(where(urgent).orderBy(BY_CREATED), 5).estimate()).isZero();
  }

  @Test
  void of_two_indexes_that_fit_the_one_with_fewer_steps_is_walked() {
    Query query = where(Condition.ready()).orderBy(TaskFields.PRIORITY.descending(), BY_CREATED);
    assertPlan(plan(query, 20), Access.ORDERED_INDEX, "ready", null, null, 2_500);
    catalog = catalog.withState(catalog.ofReady().number(), IndexInfo.State.WRITE_ONLY);
    assertPlan(
        plan(query, 20), Access.ORDERED_INDEX, "priority+created", Condition.ready(), null, 2_500);
  }

  /** What the equalities of the prefix leave is what is walked, and so are the ready ones. */
  @Test
  void a_walk_costs_by_the_steps_within_its_prefix() {
    List<Order> order = List.of(TaskFields.PRIORITY.descending(), BY_CREATED);
    Query query = where(IN_BIG, TODO).orderBy(order);
    assertThat(plan(query, 100).access()).isEqualTo(Access.ORDERED_INDEX);
    assertThat(plan(query, 400).access()).isEqualTo(Access.POSTINGS);
    query = where(Condition.ready()).orderBy(order);
    assertPlan(plan(query, 80), Access.ORDERED_INDEX, "ready", null, null, 2_500);
    assertThat(plan(query, 200).access()).isEqualTo(Access.POSTINGS);
  }

  @Test
  void of_two_indexes_that_cost_the_same_the_first_is_walked() {
    catalog = catalog.with(IndexSpec.ordered("again", BY_CREATED), IndexInfo.State.READABLE);
    assertThat(plan(Query.all().orderBy(BY_CREATED), 20).label().get()).isEqualTo("created");
  }

  @Test
  void ids_are_looked_up_among_the_ids() {
    Condition id = TaskFields.ID.is("T-1");
    Plan plan = plan(where(id, TODO, LONG), 20);
    Condition rest = new Condition.And(List.of(id, LONG));
    assertPlan(plan, Access.ID_RANGE, "ids", TODO, rest, 1);
    assertThat(plan.lower()).isEqualTo(Keys.id("T-1"));
    assertThat(plan.upper()).isEqualTo(Keys.id("T-1\0"));
    assertThat(plan.ordered()).isFalse();
    assertThat(plan.reverse()).isFalse();
    plan = plan(where(TaskFields.ID.startsWith("T-")).orderBy(TaskFields.ID.descending()), 20);
    assertThat(plan.lower()).isEqualTo(Keys.id("T-"));
    assertThat(plan.upper()).isEqualTo(Keys.id("T."));
    assertThat(plan.ordered()).isTrue();
    assertThat(plan.reverse()).isTrue();
    plan = plan(Query.all().orderBy(TaskFields.ID.ascending()), 20);
    assertPlan(plan, Access.ID_RANGE, "ids", null, null, TASKS);
    assertThat(plan.lower()).isNull();
    assertThat(plan.upper()).isNull();
    assertThat(plan.ordered()).isTrue();
    assertThat(plan.reverse()).isFalse();
    plan = plan(where(TaskFields.ID.is("T-1")).orderBy(TaskFields.CREATED_AT.descending()), 20);
    assertThat(plan.access()).isEqualTo(Access.ID_RANGE);
    assertThat(plan.ordered()).isFalse();
    assertThat(plan.reverse()).isFalse();
  }

  @Test
  void comparisons_of_ids_bound_a_walk_by_id() {
    Order byId = TaskFields.ID.ascending();
    Condition range = TaskFields.ID.atLeast("T-1").and(TaskFields.ID.before("T-5"));
    Plan plan = plan(Query.where(range).orderBy(byId), 20);
    assertPlan(plan, Access.ID_RANGE, "ids", null, range, TASKS);
    assertThat(plan.lower()).isEqualTo(Keys.id("T-1"));
    assertThat(plan.upper()).isEqualTo(Keys.id("T-5"));
    Condition above = new Condition.Compare(TaskFields.ID, Condition.Op.GT, "T-1");
    Condition upTo = new Condition.Compare(TaskFields.ID, Condition.Op.LE, "T-5");
    plan = plan(where(above, upTo, TaskFields.ID.atLeast("A")).orderBy(byId), 20);
    assertThat(plan.lower()).isEqualTo(Keys.id("T-1\0"));
    assertThat(plan.upper()).isEqualTo(Keys.id("T-5\0"));
    plan = plan(where(TaskFields.ID.startsWith("T-"), above).orderBy(byId), 20);
    assertThat(plan.lower()).isEqualTo(Keys.id("T-1\0"));
    assertThat(plan.upper()).isEqualTo(Keys.id("T."));
  }

  @Test
  void few_members_are_sorted_by_id_rather_than_looked_for_among_all_ids() {
    Order byId = TaskFields.ID.ascending();
    Plan plan = plan(where(RUNNING).orderBy(byId), 20);
    assertPlan(plan, Access.POSTINGS, RUNNING.toString(), RUNNING, null, 10);
    assertThat(plan(where(RUNNING, LONG).orderBy(byId), 20).access()).isEqualTo(Access.POSTINGS);
    assertThat(plan(where(TODO).orderBy(byId), 20).access()).isEqualTo(Access.ID_RANGE);
    assertThat(plan(where(TODO).orderBy(byId), Integer.MAX_VALUE).access())
        .isEqualTo(Access.ID_RANGE);
    assertThat(plan(where(RUNNING, TaskFields.ID.startsWith("T")).orderBy(byId), 20).access())
        .isEqualTo(Access.ID_RANGE);
    hasRows = false;
    assertThat(plan(where(RUNNING).orderBy(byId), 20).access()).isEqualTo(Access.POSTINGS);
    assertThat(plan(Query.all().orderBy(byId), 20).access()).isEqualTo(Access.ID_RANGE);
    estimates = null;
    assertThat(plan(where(RUNNING).orderBy(byId), 20).access()).isEqualTo(Access.ID_RANGE);
  }

  /** Each run looks at all candidates anew. */
  @ParameterizedTest
  @CsvSource({"10000, false", "5000, false", "1000, false", "400, true", "1, true"})
  void what_would_be_sorted_in_many_runs_is_walked(int inRun, boolean walk) {
    Plan plan = planAll(Query.all().orderBy(BY_CREATED), inRun);
    assertThat(plan.access()).isEqualTo(walk ? Access.ORDERED_INDEX : Access.POSTINGS);
    Order byId = TaskFields.ID.ascending();
    plan = planAll(where(IN_P1).orderBy(byId), Math.max(1, inRun / 200));
    assertThat(plan.access()).isEqualTo(walk ? Access.ID_RANGE : Access.POSTINGS);
    plan = planAll(where(IN_P1), 1);
    assertThat(plan.access()).isEqualTo(Access.POSTINGS);
    assertThat(plan.ordered()).isTrue(); // by ordinal, so that nothing is sorted
  }

  @Test
  void without_estimates_all_tasks_are_counted_for_the_runs() {
    estimates = null;
    hasRows = false;
    Query query = Query.all().orderBy(BY_CREATED);
    assertThat(planAll(query, 10_000).access()).isEqualTo(Access.FULL_SCAN);
    assertThat(planAll(query, 1_000).access()).isEqualTo(Access.ORDERED_INDEX);
  }

  @Test
  void other_comparisons_of_ids_are_no_range() {
    assertThat(plan(where(TaskFields.ID.atLeast("T")), 20).access()).isNotEqualTo(Access.ID_RANGE);
    Query twoKeys = Query.all().orderBy(TaskFields.ID.ascending(), BY_CREATED);
    assertThat(plan(twoKeys, 20).access()).isNotEqualTo(Access.ID_RANGE);
  }

  @Test
  void half_a_character_at_the_end_of_a_prefix_is_left_out() {
    assertThat(lowerOf("a\uD83D")).isEqualTo(Keys.id("a"));
    assertThat(lowerOf("\uD83D")).isEmpty();
    assertThat(lowerOf("")).isEmpty();
    assertThat(lowerOf("a\uD83D\uDE00")).isEqualTo(Keys.id("a\uD83D\uDE00"));
  }

  private byte[] lowerOf(String prefix) {
    Query query = where(TaskFields.ID.startsWith(prefix)).orderBy(TaskFields.ID.ascending());
    return plan(query, 20).lower();
  }
}
