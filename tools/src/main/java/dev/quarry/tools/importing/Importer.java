package dev.quarry.tools.importing;

import dev.quarry.ProgressListener;
import dev.quarry.tools.format.Packing;
import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Imports task files. Records are read one by one and written in batches; a record that is in the
 * target already as it would be written is not written again, so a second import of the same files
 * writes nothing. Every field of a record ends in a field of its task or in an attribute.
 */
public final class Importer {
  private static final List<Map.Entry<String, Format>> KNOWN_FILES =
      List.of(
          Map.entry(".beads/issues.jsonl", Format.BEADS),
          Map.entry("issues.jsonl", Format.BEADS),
          Map.entry(".taskmaster/tasks/tasks.json", Format.TASK_MASTER),
          Map.entry("tasks/tasks.json", Format.TASK_MASTER));

  private static final Map<Format, Set<String>> ENDINGS =
      Map.of(
          Format.MARKDOWN, Set.of(".md", ".markdown"),
          Format.JSON, Set.of(".json"),
          Format.JSONL, Set.of(".jsonl", ".ndjson"),
          Format.BEADS, Set.of(".jsonl"),
          Format.CSV, Set.of(".csv"),
          Format.TSV, Set.of(".tsv", ".tab"),
          Format.YAML, Set.of(".yaml", ".yml"),
          Format.TASK_MASTER, Set.of(".json"),
          Format.TASKWARRIOR, Set.of(".json"),
          Format.TODO_TXT, Set.of(".txt", ".todo"));

  private final ImportOptions options;
  private final ProgressListener progress;
  private Format format;
  private boolean folder;
  private long total = -1;
  private long done;

  private Importer(ImportOptions options, ProgressListener progress) {
    this.options = options;
    this.progress = progress;
    format = options.format();
  }

  /** Imports a file or folder with default options, silently. */
  public static ImportReport run(Path path, ImportTarget target) {
    return run(ImportSource.of(path), ImportOptions.defaults(), target, ProgressListener.NONE);
  }

  /**
   * Imports a source. Wrong records and files that cannot be read are in the report, not thrown; so
   * is a file that breaks off, with what was read before.
   *
   * @param progress is told bytes of a file or files of a folder
   * @throws IllegalArgumentException if the format is not clear, the source is not there, or a
   *     stream is to be read twice (dangling {@code SKIP} and {@code STRICT})
   * @throws UncheckedIOException if a single file or a stream cannot be read at all
   */
  public static ImportReport run(
      ImportSource source, ImportOptions options, ImportTarget target, ProgressListener progress) {
    boolean twice = readsTwice(options);
    if (source.path() != null && !Files.exists(source.path())) {
      throw new IllegalArgumentException("no such file or folder: " + source.name());
    }
    if (twice && source.path() == null && source.files().isEmpty()) {
      throw new IllegalArgumentException(
          "to see which dependencies dangle, the source is read twice, which a stream cannot be;"
              + " save it to a file first");
    }
    IdSet known = null;
    if (twice) {
      IdCollector collector = new IdCollector(options);
      new Importer(options, ProgressListener.NONE).readAll(source, collector);
      known = collector.ids();
    }
    Importer importer = new Importer(options, progress);
    ImportRun run = new ImportRun(options, target, known, FileListener.NONE);
    try {
      importer.readAll(source, run);
    } catch (ImportRun.StopException e) {
      run.abort();
    }
    return run.finish(importer.format);
  }

  /**
   * Imports some files of a folder, all of one format, as an import of the folder does.
   *
   * @param listener is told which tasks each file has
   * @throws IllegalArgumentException if the options leave the format open, or say that the source
   *     is to be read twice
   */
  public static ImportReport runFiles(
      Path folder,
      List<Path> files,
      ImportOptions options,
      ImportTarget target,
      FileListener listener) {
    if (options.format() == null || readsTwice(options)) {
      throw new IllegalArgumentException("files of a folder want a format, and one reading");
    }
    Importer importer = new Importer(options, ProgressListener.NONE);
    ImportRun run = new ImportRun(options, target, null, listener);
    try {
      importer.readFiles(folder, files, run);
    } catch (ImportRun.StopException e) {
      run.abort();
    }
    return run.finish(options.format());
  }

  /** Whether an import of this format takes a file of this name out of a folder. */
  public static boolean takes(Format format, String fileName) {
    String name = Packing.plainName(fileName.toLowerCase(Locale.ROOT));
    return ENDINGS.get(format).stream().anyMatch(name::endsWith);
  }

  private static boolean readsTwice(ImportOptions options) {
    return options.dangling() == DanglingPolicy.SKIP || options.dangling() == DanglingPolicy.STRICT;
  }

  private void readAll(ImportSource source, RecordSink sink) {
    if (!source.files().isEmpty()) {
      source.files().forEach((name, bytes) -> readMemory(name, bytes, sink));
      return;
    }
    if (!source.isFolder()) {
      try {
        total = source.path() == null ? -1 : Files.size(source.path());
        // standard input stays open
        InputStream in = counted(source.open());
        try {
          readOne(source.name(), in, sink);
        } finally {
          if (source.path() != null) {
            in.close();
          }
        }
      } catch (IOException e) {
        throw new UncheckedIOException("cannot read " + source.name(), e);
      }
      return;
    }
    Path root = real(source.path());
    readFiles(root, files(root, sink), sink);
  }

  /** The folder itself where a link names it: inside a folder no link is followed. */
  private static Path real(Path folder) {
    try {
      return folder.toRealPath();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot list " + folder, e);
    }
  }

  private void readFiles(Path root, List<Path> files, RecordSink sink) {
    folder = true;
    total = files.size();
    for (Path file : files) {
      String name = root.relativize(file).toString();
      try (InputStream in = Files.newInputStream(file)) {
        read(name, in, sink);
      } catch (IOException e) {
        sink.unreadable(name, e);
      }
      progress.progress("import", ++done, total);
    }
  }

  private void readMemory(String name, byte[] bytes, RecordSink sink) {
    try {
      read(name, new ByteArrayInputStream(bytes), sink);
    } catch (IOException e) {
      sink.problem(name, 0, 0, "cannot be read: " + e);
    }
  }

  /** Reads the only file: what came before it breaks off is imported, and reported. */
  private void readOne(String name, InputStream in, RecordSink sink) throws IOException {
    SourceFile file = begin(name, in);
    try {
      read(file, sink);
    } catch (IOException e) {
      sink.unreadable(name, e);
    }
  }

  private void read(String name, InputStream in, RecordSink sink) throws IOException {
    read(begin(name, in), sink);
  }

  private SourceFile begin(String name, InputStream in) throws IOException {
    SourceFile file = SourceFile.of(name, in, options.charset());
    if (format == null) {
      format = FormatDetector.detect(file.plainName(), file.head());
    }
    return file;
  }

  private void read(SourceFile file, RecordSink sink) throws IOException {
    sink.count(ImportRun.FILES, 1);
    reader(file).read(file, sink);
  }

  private RecordReader reader(SourceFile file) throws IOException {
    return switch (format) {
      case MARKDOWN -> new MarkdownReader(options, folder);
      case JSON -> new JsonReader(Dialect.BOARD, options);
      case JSONL -> new JsonlReader(Dialect.JSON, options);
      case BEADS -> new BeadsReader(options);
      case CSV -> new CsvReader(options, '\0');
      case TSV -> new CsvReader(options, '\t');
      case YAML -> new YamlReader(options);
      case TASK_MASTER -> new TaskMasterReader(options);
      case TASKWARRIOR ->
          startsWithBracket(file.head()) ? Taskwarrior.array(options) : Taskwarrior.lines(options);
      case TODO_TXT -> new TodoTxtReader(options);
    };
  }

  private static boolean startsWithBracket(byte[] head) {
    for (byte b : head) {
      if (b > ' ') {
        return b == '[';
      }
    }
    return false;
  }

  /** The files of a folder in the order of their names; links and hidden folders are left out. */
  private List<Path> files(Path root, RecordSink sink) {
    if (format == null) {
      for (Map.Entry<String, Format> known : KNOWN_FILES) {
        Path file = root.resolve(known.getKey());
        if (Files.isRegularFile(file)) {
          format = known.getValue();
          return List.of(file);
        }
      }
      format = Format.MARKDOWN;
    }
    List<Path> files = new ArrayList<>();
    SimpleFileVisitor<Path> visitor =
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path dir, BasicFileAttributes attributes) {
            boolean hidden = !dir.equals(root) && dir.getFileName().toString().startsWith(".");
            return hidden ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            if (attributes.isRegularFile() && takes(format, file.getFileName().toString())) {
              files.add(file);
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException e) {
            sink.problem(root.relativize(file).toString(), 0, 0, "cannot be read: " + e);
            return FileVisitResult.CONTINUE;
          }
        };
    try {
      Files.walkFileTree(root, visitor);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot list " + root, e);
    }
    Collections.sort(files);
    return files;
  }

  private InputStream counted(InputStream in) {
    return new FilterInputStream(in) {
      private long told;

      @Override
      public int read() throws IOException {
        int b = in.read();
        count(b < 0 ? 0 : 1);
        return b;
      }

      @Override
      public int read(byte[] target, int offset, int length) throws IOException {
        int n = in.read(target, offset, length);
        count(Math.max(0, n));
        return n;
      }

      private void count(int n) {
        done += n;
        if (done - told >= 1 << 16 || n == 0) {
          told = done;
          progress.progress("import", done, total);
        }
      }
    };
  }
}
