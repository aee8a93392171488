package dev.quarry.tools.format;

import java.util.Arrays;
import java.util.List;

/** A field of a task with the names that sources have for it, in order of preference. */
public enum Slot {
  /** The id. */
  ID("id taskid issuekey key uuid identifier number iid"),
  /** The project. */
  PROJECT("project projectkey projectname"),
  /** The title. */
  TITLE("title summary name subject task"),
  /** The long text. */
  DESCRIPTION("description desc body text content"),
  /** Remarks. */
  NOTES("notes note"),
  /** The status. */
  STATUS("status state"),
  /** The priority. */
  PRIORITY("priority prio"),
  /** The agent. */
  AGENT("agent agentname agentid assignedagent"),
  /** The assignee. */
  ASSIGNEE("assignee assignees assignedto"),
  /** The time of creation. */
  CREATED("createdat createddate created creationdate dateadded"),
  /** The time of the last change. */
  UPDATED("updatedat updateddate updated modifiedat modified lastmodified lastupdated"),
  /** The due time. */
  DUE("dueat duedate due deadline dueon"),
  /** The time of completion. */
  COMPLETED(
      "completedat completeddate completed closedat closed finishedat doneat resolved resolvedat"
          + " resolutiondate"),
  /** The dependencies. */
  DEPENDENCIES("dependencies dependson deps depends blockedby dependency"),
  /** The links that do not block. */
  LINKS("links"),
  /** The tags. */
  TAGS("tags labels tag label keywords"),
  /** Hours planned. */
  ESTIMATED("estimatedhours estimatehours estimated"),
  /** Hours spent. */
  ACTUAL("actualhours spenthours hoursspent actual"),
  /** Further fields. */
  ATTRIBUTES("attributes");

  private final String names;

  Slot(String names) {
    this.names = names;
  }

  /** Plain names, the preferred one first. */
  public List<String> names() {
    return Arrays.asList(names.split(" ", -1));
  }
}
