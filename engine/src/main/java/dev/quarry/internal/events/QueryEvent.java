package dev.quarry.internal.events;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** See {@link StoreEvents#query}. */
@Name("taskstore.Query")
@Label("Query")
@Category("Quarry")
@Description("A page, a count or a step of a scan")
@StackTrace(false)
final class QueryEvent extends Event implements StoreEvents.Query {
  @Label("Access")
  @Description("What drove the query, as in its plan")
  String access;

  @Label("Rows")
  @Description("Tasks returned, counted or grouped")
  long rows;

  @Label("Examined")
  @Description("Candidates looked at")
  long examined;

  static QueryEvent begun() {
    QueryEvent event = new QueryEvent();
    if (!event.isEnabled()) {
      return null;
    }
    event.begin();
    return event;
  }

  @Override
  public void done(String planAccess, long rowCount, long examinedCount) {
    end();
    if (shouldCommit()) {
      access = planAccess;
      rows = rowCount;
      examined = examinedCount;
      commit();
    }
  }
}
