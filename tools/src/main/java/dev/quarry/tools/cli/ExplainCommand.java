package dev.quarry.tools.cli;

import dev.quarry.query.Query;
import dev.quarry.query.QueryPlan;
import dev.quarry.tools.render.PlanText;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Shows how a query is answered. */
@Command
final class ExplainCommand extends FormattedCommand {
  @Parameters(paramLabel = "QUERY", description = "The query.")
  String text;

  @Override
  int run(Session session) {
    Query query = Query.parse(text, session.clock());
    return session.readWithIndex(store -> print(session, store.explain(query)));
  }

  private static int print(Session session, QueryPlan plan) {
    if (session.isInWords()) {
      session.out().line(PlanText.of(plan));
    } else {
      session.printRecord(record(plan));
    }
    return ExitCode.OK;
  }

  private static Map<String, Object> record(QueryPlan plan) {
    Map<String, Object> record = new LinkedHashMap<>();
    record.put("access", plan.access());
    record.put("index", plan.index().isEmpty() ? null : plan.index());
    record.put("estimated_rows", plan.estimatedRows());
    record.put("examined_rows", plan.examinedRows());
    record.put("returned_rows", plan.returnedRows());
    record.put("sort", plan.sort());
    record.put("residual", plan.residual().isEmpty() ? null : plan.residual());
    record.put("nanos", plan.nanos());
    return record;
  }
}
