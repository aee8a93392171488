package dev.quarry.tools.render;

import dev.quarry.query.QueryPlan;

/** A query's plan on one line. */
public final class PlanText {
  private PlanText() {}

  /** Access, filter, sort and result, in the order of the work. */
  public static String of(QueryPlan plan) {
    String access =
        switch (plan.access()) {
          case FULL_SCAN -> "full scan";
          case POSTINGS -> "index " + plan.index();
          case ORDERED_INDEX -> "index " + plan.index();
          case ID_RANGE -> "id range" + (plan.index().isEmpty() ? "" : " " + plan.index());
        };
    return access
        + " (est "
        + plan.estimatedRows()
        + ", examined "
        + plan.examinedRows()
        + ") → "
        + (plan.residual().isEmpty() ? "no filter" : "filter " + plan.residual())
        + " → "
        + (plan.sort() == QueryPlan.Sort.NONE ? "no sort" : "sort in a bounded heap")
        + " → "
        + plan.returnedRows()
        + (plan.returnedRows() == 1 ? " row, " : " rows, ")
        + Values.duration(plan.nanos());
  }
}
