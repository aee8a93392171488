package dev.quarry.bench.peers.others;

import static org.dizitart.no2.collection.FindOptions.orderBy;
import static org.dizitart.no2.filters.Filter.and;
import static org.dizitart.no2.filters.FluentFilter.where;

import dev.quarry.Priority;
import dev.quarry.Status;
import dev.quarry.Task;
import dev.quarry.bench.CompoundQuery;
import dev.quarry.bench.peers.FlatCodec;
import dev.quarry.bench.peers.Peer;
import dev.quarry.bench.peers.Peers;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.dizitart.no2.Nitrite;
import org.dizitart.no2.collection.Document;
import org.dizitart.no2.collection.FindOptions;
import org.dizitart.no2.collection.NitriteCollection;
import org.dizitart.no2.common.SortOrder;
import org.dizitart.no2.filters.Filter;
import org.dizitart.no2.filters.FluentFilter;
import org.dizitart.no2.index.IndexOptions;
import org.dizitart.no2.index.IndexType;
import org.dizitart.no2.mvstore.MVStoreModule;

/**
 * Nitrite: one document a task, compound indexes for both queries, one commit for each write or
 * batch. It has no batch that is all or nothing for readers.
 */
final class NitritePeer implements Peer {
  private static final String ID = "taskId";
  private static final String NUMBER = "number";
  private static final String STATUS = "status";
  private static final String PRIORITY = "priority";
  private static final String AGENT = "agent";
  private static final String CREATED = "created";
  private static final String DUE = "due";
  private static final String TAGS = "tags";

  private final Nitrite db;
  private final NitriteCollection tasks;
  private final Instant now;
  private long nextNumber;

  NitritePeer(Settings settings) {
    now = settings.now();
    db =
        Nitrite.builder()
            .loadModule(
                MVStoreModule.withConfig()
                    .filePath(settings.directory().resolve("tasks.db").toFile())
                    .cacheSize((int) (settings.cacheBytes() >> 20))
                    .build())
            .openOrCreate();
    tasks = db.getCollection("tasks");
    if (!tasks.hasIndex(ID)) {
      tasks.createIndex(IndexOptions.indexOptions(IndexType.UNIQUE), ID);
      IndexOptions many = IndexOptions.indexOptions(IndexType.NON_UNIQUE);
      tasks.createIndex(many, STATUS, NUMBER);
      tasks.createIndex(many, AGENT, STATUS, PRIORITY);
      tasks.createIndex(many, DUE);
    }
    nextNumber = tasks.size();
  }

  @Override
  public Set<Ability> abilities() {
    return EnumSet.of(Ability.QUERIES);
  }

  @Override
  public Task get(String id) {
    Document found = tasks.find(where(ID).eq(id)).firstOrNull();
    return found == null ? null : task(found);
  }

  @Override
  public void insert(Task task) {
    insertAll(List.of(task));
  }

  @Override
  public void insertAll(List<Task> added) {
    Document[] documents = new Document[added.size()];
    for (int i = 0; i < documents.length; i++) {
      documents[i] = document(added.get(i), nextNumber++);
    }
    tasks.insert(documents);
    db.commit();
  }

  @Override
  public void setStatus(List<String> ids, Status status) {
    for (String id : ids) {
      Document found = tasks.find(where(ID).eq(id)).firstOrNull();
      Task before = task(found);
      Task after = Peers.withStatus(before, status, now);
      if (after.status() != before.status()) {
        found.put(STATUS, status.ordinal());
        found.put("updated", FlatCodec.micros(after.updatedAt()));
        found.put("completed", FlatCodec.micros(after.completedAt()));
        tasks.update(found);
      }
    }
    db.commit();
  }

  @Override
  public List<Task> q1(int limit) {
    return page(
        where(STATUS).eq(Status.TODO.ordinal()), orderBy(NUMBER, SortOrder.Ascending), limit);
  }

  @Override
  public List<Task> q2(CompoundQuery query, int limit) {
    Filter filter =
        and(
            where(AGENT).eq(query.agent()),
            where(STATUS).eq(Status.TODO.ordinal()),
            where(PRIORITY).gte(Priority.HIGH.ordinal()),
            where(DUE).lt(FlatCodec.micros(query.dueBefore())),
            where(DUE).gt(Long.MIN_VALUE),
            where(TAGS).elemMatch(FluentFilter.$.eq(query.tag())));
    FindOptions order =
        orderBy(PRIORITY, SortOrder.Descending)
            .thenOrderBy(CREATED, SortOrder.Ascending)
            .thenOrderBy(NUMBER, SortOrder.Ascending);
    return page(filter, order, limit);
  }

  private List<Task> page(Filter filter, FindOptions order, int limit) {
    List<Task> found = new ArrayList<>(limit);
    for (Document document : tasks.find(filter, order.limit(limit))) {
      found.add(task(document));
    }
    return found;
  }

  @Override
  public Map<Status, Long> countByStatus() {
    Map<Status, Long> counts = new EnumMap<>(Status.class);
    for (Status status : Status.values()) {
      long count = tasks.find(where(STATUS).eq(status.ordinal())).size();
      if (count > 0) {
        counts.put(status, count);
      }
    }
    return counts;
  }

  @Override
  public void scan(Consumer<Task> action) {
    for (Document document : tasks.find()) {
      action.accept(task(document));
    }
  }

  private static Document document(Task task, long number) {
    Document document = Document.createDocument(ID, task.id());
    document.put(NUMBER, number);
    document.put(STATUS, task.status().ordinal());
    document.put(PRIORITY, task.priority().ordinal());
    document.put(AGENT, task.agent());
    document.put("project", task.project());
    document.put("title", task.title());
    document.put("description", task.description());
    document.put("notes", task.notes());
    document.put("assignee", task.assignee());
    document.put(CREATED, FlatCodec.micros(task.createdAt()));
    document.put("updated", FlatCodec.micros(task.updatedAt()));
    document.put(DUE, FlatCodec.micros(task.dueAt()));
    document.put("completed", FlatCodec.micros(task.completedAt()));
    document.put("estimated", task.estimatedHours());
    document.put("actual", task.actualHours());
    document.put(TAGS, task.tags().toArray(new String[0]));
    document.put("dependencies", task.dependencies().toArray(new String[0]));
    List<String> attributes = new ArrayList<>();
    task.attributes().forEach((k, v) -> attributes.addAll(List.of(k, v)));
    document.put("attributes", attributes.toArray(new String[0]));
    return document;
  }

  private static Task task(Document document) {
    String[] attributes = document.get("attributes", String[].class);
    Map<String, String> pairs = new LinkedHashMap<>();
    for (int i = 0; i < attributes.length; i += 2) {
      pairs.put(attributes[i], attributes[i + 1]);
    }
    return Task.builder(document.get(ID, String.class), document.get("title", String.class))
        .project(document.get("project", String.class))
        .description(document.get("description", String.class))
        .notes(document.get("notes", String.class))
        .agent(document.get(AGENT, String.class))
        .assignee(document.get("assignee", String.class))
        .status(Status.values()[document.get(STATUS, Integer.class)])
        .priority(Priority.values()[document.get(PRIORITY, Integer.class)])
        .createdAt(FlatCodec.instant(document.get(CREATED, Long.class)))
        .updatedAt(FlatCodec.instant(document.get("updated", Long.class)))
        .dueAt(FlatCodec.instant(document.get(DUE, Long.class)))
        .completedAt(FlatCodec.instant(document.get("completed", Long.class)))
        .estimatedHours(document.get("estimated", Double.class))
        .actualHours(document.get("actual", Double.class))
        .tags(List.of(document.get(TAGS, String[].class)))
        .dependencies(List.of(document.get("dependencies", String[].class)))
        .attributes(pairs)
        .build();
  }

  @Override
  public void settle() {
    db.commit();
  }

  @Override
  public void close() {
    db.close();
  }
}
