package dev.quarry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.query.Query;
import dev.quarry.query.TaskFields;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.SplittableRandom;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Continuations that somebody made up, also with a right checksum, which is no secret: they are
 * refused or answered with a page that satisfies the query.
 */
class HostileContinuationTest {
  private static final List<Query> QUERIES =
      List.of(
          Query.all(),
          Query.where(TaskFields.STATUS.is(Status.TODO)),
          Query.all().orderBy(TaskFields.ID.ascending()),
          Query.all().orderBy(TaskFields.PRIORITY.descending(), TaskFields.CREATED_AT.ascending()),
          Query.where(TaskFields.AGENT.is("a1"))
              .orderBy(TaskFields.ASSIGNEE.descending(), TaskFields.ID.descending()),
          Query.where(TaskFields.STATUS.is(Status.TODO)).limit(40));
  private static final int TASKS = 200;

  @TempDir Path directory;

  /** A query and a token. */
  private record Input(Query query, String token) {}

  private static Input input(List<Input> real, SplittableRandom random) {
    Input base = real.get(random.nextInt(real.size()));
    List<byte[]> others = real.stream().map(i -> decoded(i.token())).toList();
    int kind = random.nextInt(10);
    if (kind == 0) {
      byte[] text = base.token().getBytes(StandardCharsets.ISO_8859_1);
      byte[] changed = Mutations.some(text, others, random);
      return new Input(base.query(), new String(changed, StandardCharsets.ISO_8859_1));
    }
    if (kind == 1) {
      return new Input(QUERIES.get(random.nextInt(QUERIES.size())), base.token());
    }
    byte[] bytes = decoded(base.token());
    int keep = kind < 6 ? 9 : 25; // format and query stay; at times the numbers, too
    byte[] head = java.util.Arrays.copyOf(bytes, keep);
    byte[] rest = java.util.Arrays.copyOfRange(bytes, keep, bytes.length - 4);
    byte[] body = Mutations.replace(head, keep, 0, Mutations.some(rest, others, random));
    CRC32C crc = new CRC32C();
    crc.update(body);
    byte[] sealed =
        ByteBuffer.allocate(body.length + 4).put(body).putInt((int) crc.getValue()).array();
    return new Input(base.query(), Base64.getUrlEncoder().withoutPadding().encodeToString(sealed));
  }

  private static byte[] decoded(String token) {
    return Base64.getUrlDecoder().decode(token);
  }

  private static void tryIt(TaskReader store, Input input) {
    if (input.token().isEmpty()) {
      return;
    }
    PageRequest request = PageRequest.after(new Continuation(input.token()), 7);
    Page<Task> page;
    try {
      page = store.page(input.query(), request);
    } catch (InvalidContinuationException e) {
      if (e.summary().isBlank()) {
        throw new AssertionError("no message", e);
      }
      return;
    }
    for (Task task : page.items()) {
      if (!new TaskModel().holds(input.query().condition(), task)) {
        throw new AssertionError("does not satisfy the query: " + task);
      }
    }
    if (page.items().size() > 7) {
      throw new AssertionError("more than asked for: " + page.items().size());
    }
  }

  @Test
  void hostileContinuationsAreRefusedOrAnswered() throws Exception {
    long seed = Campaign.seed(73);
    try (TaskStore store = TaskStore.open(directory.resolve("store"))) {
      List<Task> tasks = new ArrayList<>();
      for (int i = 0; i < TASKS; i++) {
        tasks.add(
            Task.builder("T-" + i, "t" + i % 9)
                .status(i % 3 == 0 ? Status.DONE : Status.TODO)
                .priority(Priority.values()[i % 4])
                .agent(i % 2 == 0 ? "a1" : null)
                .build());
      }
      store.insertAll(tasks);
      List<Input> real = new ArrayList<>();
      for (Query query : QUERIES) {
        Page<Task> page = store.page(query, PageRequest.first(5));
        for (int i = 0; i < 4 && !page.continuation().isEnd(); i++) {
          real.add(new Input(query, page.continuation().token()));
          page = store.page(query, PageRequest.after(page.continuation(), 5));
        }
      }
      assertThat(real).hasSizeGreaterThan(15);
      new Campaign<Input>(random -> input(real, random), i -> i.token().length(), i -> i.toString())
          .bytesPerByte(10_000)
          .run(seed, 15_000, i -> tryIt(store, i));
    }
  }
}
