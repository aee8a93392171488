package dev.quarry.tools.watching;

import dev.quarry.DependencyCycleException;
import dev.quarry.Task;
import dev.quarry.TaskStore;
import dev.quarry.WriteBatch;
import dev.quarry.tools.importing.ImportTarget;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The store behind a {@link FolderMirror}: an import's target that also takes tasks away. */
final class MirrorStore implements ImportTarget {
  private static final int CHUNK = 1_000;

  private final TaskStore store;
  private final RemovalPolicy policy;
  private final ImportTarget target;
  private final Set<String> archivedHere = new HashSet<>();

  MirrorStore(TaskStore store, RemovalPolicy policy) {
    this.store = store;
    this.policy = policy;
    target = ImportTarget.of(store);
  }

  @Override
  public void expect(Collection<String> ids) {
    List<String> back = ids.stream().filter(archivedHere::contains).toList();
    if (!back.isEmpty()) {
      restore(back);
    }
  }

  /** What would close a circle stays in the archive, where it may be tried again. */
  private void restore(List<String> ids) {
    try {
      store.restore(ids);
      ids.forEach(archivedHere::remove);
    } catch (DependencyCycleException e) {
      if (ids.size() > 1) {
        ids.forEach(id -> restore(List.of(id)));
      }
    }
  }

  /** Whether a task that this has archived is in the archive still. */
  boolean isArchivedHere(String id) {
    return archivedHere.contains(id);
  }

  @Override
  public List<Optional<Task>> getAll(Collection<String> ids) {
    return target.getAll(ids);
  }

  @Override
  public Set<String> archived(Collection<String> ids) {
    return target.archived(ids);
  }

  @Override
  public void write(List<Task> tasks) {
    target.write(tasks);
  }

  @Override
  public Task writeOne(Task task, Task stored) {
    return target.writeOne(task, stored);
  }

  /** Takes tasks away as the policy says; how many there were. */
  long remove(List<String> ids) {
    long removed = 0;
    for (int i = 0; i < ids.size(); i += CHUNK) {
      List<String> chunk = ids.subList(i, Math.min(ids.size(), i + CHUNK));
      removed +=
          switch (policy) {
            case KEEP -> 0;
            case ARCHIVE -> archive(chunk);
            case DELETE -> delete(chunk);
          };
    }
    return removed;
  }

  private long archive(List<String> ids) {
    archivedHere.addAll(ids);
    return store.archive(ids).updated();
  }

  private long delete(List<String> ids) {
    long present = store.getAll(ids).stream().filter(Optional::isPresent).count();
    try (WriteBatch batch = store.newBatch()) {
      ids.forEach(batch::delete);
      batch.commit();
    }
    return present;
  }
}
