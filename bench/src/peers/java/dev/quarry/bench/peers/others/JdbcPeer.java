package dev.quarry.bench.peers.others;

import dev.quarry.Priority;
import dev.quarry.Status;
import dev.quarry.Task;
import dev.quarry.bench.CompoundQuery;
import dev.quarry.bench.peers.FlatCodec;
import dev.quarry.bench.peers.Peer;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * A table of tasks, one of tags, composite indexes, prepared statements, a transaction for each
 * batch. Times are microseconds; lists that no query asks for are joined into one column.
 */
abstract class JdbcPeer implements Peer {
  private static final String SEPARATOR = "\u001f";
  private static final String COLUMNS =
      "id, project, title, description, notes, agent, assignee, status, priority,"
          + " created, updated, due, completed, estimated, actual, tags, dependencies, attributes";
  private static final int COLUMN_COUNT = 18;
  private static final int TITLE = 3;
  private static final int STATUS = 8;
  private static final int TAGS = 16;
  private static final Status[] STATUSES = Status.values();
  private static final Priority[] PRIORITIES = Priority.values();

  private final Connection connection;
  private final Instant now;
  private final List<PreparedStatement> statements = new ArrayList<>();
  private final PreparedStatement get;
  private final PreparedStatement statusOf;
  private final PreparedStatement insert;
  private final PreparedStatement insertTag;
  private final PreparedStatement update;
  private final PreparedStatement q1;
  private final PreparedStatement q2;
  private final PreparedStatement count;
  private final PreparedStatement scan;
  private long nextNumber;

  JdbcPeer(String url, List<String> setUp, Settings settings) {
    now = settings.now();
    try {
      connection = DriverManager.getConnection(url);
      for (String sql : setUp) {
        execute(sql);
      }
      get = prepare("SELECT " + COLUMNS + " FROM tasks WHERE id = ?");
      statusOf = prepare("SELECT status FROM tasks WHERE id = ?");
      insert =
          prepare(
              "INSERT INTO tasks (seq, "
                  + COLUMNS
                  + ") VALUES (?"
                  + ", ?".repeat(COLUMN_COUNT)
                  + ")");
      insertTag = prepare("INSERT INTO tags (tag, task) VALUES (?, ?)");
      update =
          prepare(
              "UPDATE tasks SET status = ?, updated = ?, completed = CASE WHEN ? THEN ?"
                  + " WHEN status = ? THEN NULL ELSE completed END WHERE id = ? AND status <> ?");
      q1 = prepare("SELECT " + COLUMNS + " FROM tasks WHERE status = ? ORDER BY seq LIMIT ?");
      q2 =
          prepare(
              "SELECT "
                  + COLUMNS
                  + " FROM tasks t WHERE status = ? AND agent = ? AND priority >= ? AND due < ?"
                  + " AND EXISTS (SELECT 1 FROM tags g WHERE g.tag = ? AND g.task = t.seq)"
                  + " ORDER BY priority DESC, created, seq LIMIT ?");
      count = prepare("SELECT status, COUNT(*) FROM tasks GROUP BY status");
      scan = prepare("SELECT " + COLUMNS + " FROM tasks ORDER BY seq");
      connection.setAutoCommit(false);
      try (Statement statement = connection.createStatement();
          ResultSet last = statement.executeQuery("SELECT MAX(seq) FROM tasks")) {
        nextNumber = last.next() && last.getObject(1) != null ? last.getLong(1) + 1 : 0;
      }
      connection.commit();
    } catch (SQLException e) {
      throw failed("open", e);
    }
  }

  /** The tables and indexes, given the types of whole numbers and of texts. */
  static List<String> schema(String number, String text, String tagsTail) {
    return List.of(
        "CREATE TABLE IF NOT EXISTS tasks (seq "
            + number
            + " PRIMARY KEY, id "
            + text
            + " NOT NULL UNIQUE, project "
            + text
            + ", title "
            + text
            + " NOT NULL, description "
            + text
            + ", notes "
            + text
            + ", agent "
            + text
            + ", assignee "
            + text
            + ", status INTEGER NOT NULL, priority INTEGER NOT NULL, created "
            + number
            + ", updated "
            + number
            + ", due "
            + number
            + ", completed "
            + number
            + ", estimated DOUBLE PRECISION, actual DOUBLE PRECISION, tags "
            + text
            + ", dependencies "
            + text
            + ", attributes "
            + text
            + ")",
        "CREATE TABLE IF NOT EXISTS tags (tag "
            + text
            + " NOT NULL, task "
            + number
            + " NOT NULL, PRIMARY KEY (tag, task))"
            + tagsTail,
        "CREATE INDEX IF NOT EXISTS by_status ON tasks (status, seq)",
        "CREATE INDEX IF NOT EXISTS by_agent ON tasks (agent, status, priority DESC, created, seq)",
        "CREATE INDEX IF NOT EXISTS by_due ON tasks (due)");
  }

  private PreparedStatement prepare(String sql) throws SQLException {
    PreparedStatement statement = connection.prepareStatement(sql);
    statements.add(statement);
    return statement;
  }

  final void execute(String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  final Connection connection() {
    return connection;
  }

  @Override
  public final Set<Ability> abilities() {
    return EnumSet.of(Ability.QUERIES, Ability.STATUS_OF);
  }

  @Override
  public final Task get(String id) {
    try {
      get.setString(1, id);
      List<Task> found = tasks(get);
      return found.isEmpty() ? null : found.get(0);
    } catch (SQLException e) {
      throw failed("get", e);
    }
  }

  @Override
  public final Status statusOf(String id) {
    try {
      statusOf.setString(1, id);
      try (ResultSet row = statusOf.executeQuery()) {
        return row.next() ? STATUSES[row.getInt(1)] : null;
      }
    } catch (SQLException e) {
      throw failed("status", e);
    }
  }

  @Override
  public final void insert(Task task) {
    insertAll(List.of(task));
  }

  @Override
  public final void insertAll(List<Task> tasks) {
    try {
      boolean tagged = false;
      for (Task task : tasks) {
        long number = nextNumber++;
        bind(number, task);
        insert.addBatch();
        for (String tag : task.tags()) {
          insertTag.setString(1, tag);
          insertTag.setLong(2, number);
          insertTag.addBatch();
          tagged = true;
        }
      }
      insert.executeBatch();
      if (tagged) {
        insertTag.executeBatch();
      }
      connection.commit();
    } catch (SQLException e) {
      throw failed("insert", e);
    }
  }

  private void bind(long number, Task task) throws SQLException {
    insert.setLong(1, number);
    String[] texts = {
      task.id(),
      task.project(),
      task.title(),
      task.description(),
      task.notes(),
      task.agent(),
      task.assignee()
    };
    int at = 2;
    for (String text : texts) {
      insert.setString(at++, text);
    }
    insert.setInt(at++, task.status().ordinal());
    insert.setInt(at++, task.priority().ordinal());
    Instant[] times = {task.createdAt(), task.updatedAt(), task.dueAt(), task.completedAt()};
    for (Instant time : times) {
      if (time == null) {
        insert.setNull(at++, Types.BIGINT);
      } else {
        insert.setLong(at++, FlatCodec.micros(time));
      }
    }
    for (Double hours : Arrays.asList(task.estimatedHours(), task.actualHours())) {
      if (hours == null) {
        insert.setNull(at++, Types.DOUBLE);
      } else {
        insert.setDouble(at++, hours);
      }
    }
    List<String> attributes = new ArrayList<>();
    task.attributes().forEach((k, v) -> attributes.addAll(List.of(k, v)));
    insert.setString(at++, join(task.tags()));
    insert.setString(at++, join(task.dependencies()));
    insert.setString(at, join(attributes));
  }

  @Override
  public final void setStatus(List<String> ids, Status status) {
    try {
      long micros = FlatCodec.micros(now);
      for (String id : ids) {
        update.setInt(1, status.ordinal());
        update.setLong(2, micros);
        update.setBoolean(3, status == Status.DONE);
        update.setLong(4, micros);
        update.setInt(5, Status.DONE.ordinal());
        update.setString(6, id);
        update.setInt(7, status.ordinal());
        update.addBatch();
      }
      update.executeBatch();
      connection.commit();
    } catch (SQLException e) {
      throw failed("set status", e);
    }
  }

  @Override
  public final List<Task> q1(int limit) {
    try {
      q1.setInt(1, Status.TODO.ordinal());
      q1.setInt(2, limit);
      return tasks(q1);
    } catch (SQLException e) {
      throw failed("q1", e);
    }
  }

  @Override
  public final List<Task> q2(CompoundQuery query, int limit) {
    try {
      q2.setInt(1, Status.TODO.ordinal());
      q2.setString(2, query.agent());
      q2.setInt(3, Priority.HIGH.ordinal());
      q2.setLong(4, FlatCodec.micros(query.dueBefore()));
      q2.setString(5, query.tag());
      q2.setInt(6, limit);
      return tasks(q2);
    } catch (SQLException e) {
      throw failed("q2", e);
    }
  }

  @Override
  public final Map<Status, Long> countByStatus() {
    Map<Status, Long> counts = new EnumMap<>(Status.class);
    try (ResultSet rows = count.executeQuery()) {
      while (rows.next()) {
        counts.put(STATUSES[rows.getInt(1)], rows.getLong(2));
      }
      return counts;
    } catch (SQLException e) {
      throw failed("count", e);
    }
  }

  @Override
  public final void scan(Consumer<Task> action) {
    try (ResultSet rows = scan.executeQuery()) {
      while (rows.next()) {
        action.accept(task(rows));
      }
      connection.commit();
    } catch (SQLException e) {
      throw failed("scan", e);
    }
  }

  private static List<Task> tasks(PreparedStatement statement) throws SQLException {
    List<Task> found = new ArrayList<>();
    try (ResultSet rows = statement.executeQuery()) {
      while (rows.next()) {
        found.add(task(rows));
      }
    }
    return found;
  }

  private static Task task(ResultSet row) throws SQLException {
    List<String> attributes = split(row.getString(TAGS + 2));
    Map<String, String> pairs = new LinkedHashMap<>();
    for (int i = 0; i < attributes.size(); i += 2) {
      pairs.put(attributes.get(i), attributes.get(i + 1));
    }
    return Task.builder(row.getString(1), row.getString(TITLE))
        .project(row.getString(2))
        .description(row.getString(TITLE + 1))
        .notes(row.getString(TITLE + 2))
        .agent(row.getString(TITLE + 3))
        .assignee(row.getString(TITLE + 4))
        .status(STATUSES[row.getInt(STATUS)])
        .priority(PRIORITIES[row.getInt(STATUS + 1)])
        .createdAt(time(row, STATUS + 2))
        .updatedAt(time(row, STATUS + 3))
        .dueAt(time(row, STATUS + 4))
        .completedAt(time(row, STATUS + 5))
        .estimatedHours(hours(row, TAGS - 2))
        .actualHours(hours(row, TAGS - 1))
        .tags(split(row.getString(TAGS)))
        .dependencies(split(row.getString(TAGS + 1)))
        .attributes(pairs)
        .build();
  }

  private static Instant time(ResultSet row, int column) throws SQLException {
    long micros = row.getLong(column);
    return row.wasNull() ? null : FlatCodec.instant(micros);
  }

  private static Double hours(ResultSet row, int column) throws SQLException {
    double hours = row.getDouble(column);
    return row.wasNull() ? null : (Double) hours;
  }

  private static String join(List<String> values) {
    return values.isEmpty() ? null : String.join(SEPARATOR, values);
  }

  private static List<String> split(String value) {
    return value == null ? List.of() : Arrays.asList(value.split(SEPARATOR, -1));
  }

  @Override
  public void close() {
    try {
      for (PreparedStatement statement : statements) {
        statement.close();
      }
      connection.close();
    } catch (SQLException e) {
      throw failed("close", e);
    }
  }

  static IllegalStateException failed(String what, SQLException cause) {
    return new IllegalStateException(what, cause);
  }
}
