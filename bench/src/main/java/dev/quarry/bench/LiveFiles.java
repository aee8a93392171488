package dev.quarry.bench;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.function.ObjLongConsumer;

/** The files of a directory that is in use: its owner may remove some while they are listed. */
public final class LiveFiles {
  private LiveFiles() {}

  /**
   * Calls {@code file} with each file below a directory and its size in bytes.
   *
   * @throws IOException if the directory cannot be listed, or is not there
   */
  public static void forEach(Path directory, ObjLongConsumer<Path> file) throws IOException {
    Files.walkFileTree(
        directory,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path path, BasicFileAttributes attributes) {
            file.accept(path, attributes.size());
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path path, IOException e) throws IOException {
            if (e instanceof NoSuchFileException && !path.equals(directory)) {
              return FileVisitResult.CONTINUE;
            }
            throw e;
          }
        });
  }
}
