package dev.quarry.tools.demo;

import dev.quarry.TaskReader;
import dev.quarry.bench.TaskWorkload;
import dev.quarry.query.Query;
import java.util.List;

/** The questions of the demo. */
final class DemoQueries {
  private DemoQueries() {}

  /**
   * A question.
   *
   * @param name short name
   * @param meaning in words
   * @param query what is asked
   */
  record Question(String name, String meaning, Query query) {}

  /** The compound question that benches ask as well, of those the one with the most answers. */
  static Query compound(TaskReader reader, long seed) {
    TaskWorkload workload = new TaskWorkload(seed);
    Query best = workload.q2(0).query();
    long most = 0;
    for (int i = 0; i < workload.q2Count(); i++) {
      Query query = workload.q2(i).query();
      long count = reader.count(query);
      if (count > most) {
        most = count;
        best = query;
      }
    }
    return best;
  }

  static List<Question> of(TaskReader reader, long seed) {
    return List.of(
        new Question("Q1", "what is to be done", TaskWorkload.q1()),
        new Question(
            "Q2", "urgent work of one agent with one tag, due soon", compound(reader, seed)),
        parsed("Q3", "the newest critical tasks", "priority = CRITICAL order by created desc"),
        parsed(
            "Q4",
            "open work in two projects, by due date",
            "project in ('project-0', 'project-1') and status in (TODO, IN_PROGRESS) order by due"),
        parsed(
            "Q5",
            "what is blocked or failed",
            "(status = BLOCKED or status = FAILED) and priority >= HIGH"),
        parsed("Q6", "long tasks that nobody has begun", "estimated > 38.5 and status = TODO"),
        parsed("Q7", "tasks whose id begins with these letters", "id starts with 'TASK-00012'"),
        parsed(
            "Q8",
            "open tasks without a due date",
            "due is null and status = TODO and not tags = 'tag-0'"));
  }

  private static Question parsed(String name, String meaning, String query) {
    return new Question(name, meaning, Query.parse(query));
  }
}
