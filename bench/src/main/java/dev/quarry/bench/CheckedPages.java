package dev.quarry.bench;

import dev.quarry.Page;
import dev.quarry.PageRequest;
import dev.quarry.Task;
import dev.quarry.TaskReader;
import dev.quarry.query.Query;
import java.util.ArrayList;
import java.util.List;

/**
 * The first pages of the workload's queries, beside what a look at every task says that they hold.
 * The store must not be changed meanwhile. Not thread-safe.
 */
final class CheckedPages {
  private final TaskReader store;
  private final List<Query> queries = new ArrayList<>();
  private final List<List<String>> expected = new ArrayList<>();

  private CheckedPages(TaskReader store) {
    this.store = store;
  }

  /** Of the query for what is to be done. */
  static CheckedPages ofQ1(TaskWorkload workload, TaskReader store) {
    CheckedPages pages = new CheckedPages(store);
    List<String> ids = new ArrayList<>();
    Answers answers = look(workload, store, ids);
    pages.add(TaskWorkload.q1(), answers.q1(), ids);
    return pages;
  }

  /** Of the compound queries. */
  static CheckedPages ofQ2(TaskWorkload workload, TaskReader store) {
    CheckedPages pages = new CheckedPages(store);
    List<String> ids = new ArrayList<>();
    Answers answers = look(workload, store, ids);
    for (int i = 0; i < workload.q2Count(); i++) {
      pages.add(workload.q2(i).query(), answers.q2(i), ids);
    }
    return pages;
  }

  private static Answers look(TaskWorkload workload, TaskReader store, List<String> ids) {
    Answers answers = new Answers(workload);
    store.forEachChunk(
        Query.all(),
        Loading.CHUNK,
        chunk -> {
          for (Task task : chunk) {
            ids.add(task.id());
            answers.add(task);
          }
        });
    return answers;
  }

  private void add(Query query, List<Long> numbers, List<String> ids) {
    queries.add(query);
    expected.add(numbers.stream().map(n -> ids.get(n.intValue())).toList());
  }

  /** Asks one, in turn. */
  Page<Task> ask(int number) {
    return store.page(queries.get(number % queries.size()), PageRequest.first(TaskWorkload.PAGE));
  }

  /**
   * Compares the answer to that number.
   *
   * @throws WrongAnswerException if it differs
   */
  void check(int number, Page<Task> page) {
    List<String> wanted = expected.get(number % queries.size());
    List<String> found = page.items().stream().map(Task::id).toList();
    if (!found.equals(wanted)) {
      throw new WrongAnswerException(
          queries.get(number % queries.size()) + " returned " + found + " instead of " + wanted);
    }
  }
}
