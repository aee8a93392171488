package dev.quarry.internal;

import dev.quarry.IndexInfo;
import dev.quarry.StorageException;
import dev.quarry.StoreInspection;
import dev.quarry.StoreStats;
import dev.quarry.TaskStoreException;
import dev.quarry.index.PostingIndexes;
import dev.quarry.internal.index.IndexCatalog;
import dev.quarry.internal.storage.CopyTarget;
import dev.quarry.internal.storage.Family;
import dev.quarry.internal.storage.SafeDirectories;
import dev.quarry.internal.storage.SstFile;
import dev.quarry.internal.storage.SstInspector;
import dev.quarry.internal.storage.Storage;
import dev.quarry.internal.storage.StorageOptions;
import dev.quarry.internal.storage.StoreFormat;
import dev.quarry.internal.storage.StoreLock;
import dev.quarry.internal.write.StoreHead;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Gathers what can be said about a directory, step by step, so that one damage hides no more. */
public final class StoreInspector {
  private static final long CACHE_BYTES = 8L << 20;
  private static final String READABLE = "readable";

  private final Path directory;
  private final List<String> problems = new ArrayList<>();
  private final List<StoreStats.Family> families = new ArrayList<>();
  private final List<IndexInfo> indexes = new ArrayList<>();
  private final Map<String, Integer> levels = new HashMap<>();
  private StoreHead head = new StoreHead(-1, -1, -1);

  private StoreInspector(Path directory) {
    this.directory = directory;
  }

  /** As {@link dev.quarry.TaskStore#inspect}. */
  public static StoreInspection inspect(Path directory) {
    PostingIndexes.prepareJvm();
    if (!Files.isDirectory(directory)) {
      throw new StorageException(
          "there is no store; check the path", Map.of("directory", directory));
    }
    return new StoreInspector(directory).run();
  }

  private StoreInspection run() {
    String format = format();
    String holder = StoreLock.holder(directory);
    String database = database();
    List<StoreInspection.SstFile> files = List.of();
    try {
      files = SstInspector.inspect(directory.resolve(StoreFactory.DATA), levels);
    } catch (IOException e) {
      problems.add("the data files cannot be listed: " + e);
    }
    boolean written = !holder.isEmpty() || !StoreLock.holder(directory).isEmpty();
    for (StoreInspection.SstFile file : files) {
      // a file that its writer has not yet taken into the store may still be without its end
      boolean belongs = !written || !database.equals(READABLE) || file.level() >= 0;
      if (belongs && !file.checksums().equals("ok")) {
        problems.add(file.name() + " (" + file.family() + "): " + file.checksums());
      }
    }
    return new StoreInspection(
        directory,
        format,
        holder,
        database,
        head.sequence(),
        head.nextOrdinal(),
        head.tasks(),
        families,
        files,
        indexes,
        offHeap(),
        problems);
  }

  private String format() {
    try {
      CopyTarget.refuseUnfinished(directory);
      SafeDirectories.refuseLinked(directory.resolve(StoreFactory.DATA));
      StoreFormat format = StoreFormat.read(directory);
      return "format "
          + format.version().number()
          + ", id "
          + format.storeId()
          + ", created "
          + format.createdAt();
    } catch (TaskStoreException e) {
      problems.add(e.getMessage());
      return "unknown";
    }
  }

  private String database() {
    Path own = null;
    try {
      own = Files.createTempDirectory("quarry-inspect");
      StorageOptions options = new StorageOptions(CACHE_BYTES, CACHE_BYTES, false);
      try (Storage storage =
          Storage.openSecondary(directory.resolve(StoreFactory.DATA), options, own)) {
        read(storage);
      }
      return READABLE;
    } catch (TaskStoreException e) {
      problems.add(e.getMessage());
      return "cannot be opened: " + e.summary();
    } catch (IOException e) {
      throw new StorageException(
          "no temporary folder can be made; set java.io.tmpdir", Map.of(), e);
    } finally {
      if (own != null) {
        Storage.deleteTree(own);
      }
    }
  }

  private void read(Storage storage) {
    for (Family family : Family.values()) {
      List<SstFile> files = storage.files(family);
      for (SstFile file : files) {
        levels.put(file.name().replaceFirst("^/", ""), file.level());
      }
      families.add(StoreParts.figures(storage, family, files));
    }
    try {
      head = StoreHead.read(storage);
      for (IndexCatalog.Entry entry : StoreFactory.readCatalog(storage).entries()) {
        indexes.add(new IndexInfo(entry.spec(), entry.state(), entry.builtIn()));
      }
    } catch (TaskStoreException e) {
      problems.add(e.getMessage());
    }
  }

  private List<StoreInspection.OffHeapFile> offHeap() {
    List<StoreInspection.OffHeapFile> found = new ArrayList<>();
    Path index = directory.resolve(StoreFactory.INDEX);
    if (!Files.isDirectory(index)) {
      return found;
    }
    try (Stream<Path> list = Files.list(index)) {
      for (Path file : list.sorted().toList()) {
        found.add(
            new StoreInspection.OffHeapFile(file.getFileName().toString(), file.toFile().length()));
      }
    } catch (IOException e) {
      problems.add("the index files cannot be listed: " + e);
    }
    return found;
  }
}
