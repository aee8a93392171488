package dev.quarry.tools.importing;

import java.util.Arrays;
import java.util.List;

/** A field of a task with the names that sources have for it, in order of preference. */
enum Slot {
  ID("id taskid issuekey key uuid identifier number iid"),
  PROJECT("project projectkey projectname"),
  TITLE("title summary name subject task"),
  DESCRIPTION("description desc body text content"),
  NOTES("notes note"),
  STATUS("status state"),
  PRIORITY("priority prio"),
  AGENT("agent agentname agentid assignedagent"),
  ASSIGNEE("assignee assignees assignedto"),
  CREATED("createdat createddate created creationdate dateadded"),
  UPDATED("updatedat updateddate updated modifiedat modified lastmodified lastupdated"),
  DUE("dueat duedate due deadline dueon"),
  COMPLETED(
      "completedat completeddate completed closedat closed finishedat doneat resolved resolvedat"
          + " resolutiondate"),
  DEPENDENCIES("dependencies dependson deps depends blockedby dependency"),
  TAGS("tags labels tag label keywords"),
  ESTIMATED("estimatedhours estimatehours estimated"),
  ACTUAL("actualhours spenthours hoursspent actual"),
  ATTRIBUTES("attributes");

  private final String names;

  Slot(String names) {
    this.names = names;
  }

  /** Plain names, the preferred one first. */
  List<String> names() {
    return Arrays.asList(names.split(" ", -1));
  }
}
