package dev.quarry.tools.importing;

import dev.quarry.ProgressListener;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;

/** Runs imports of texts. */
final class Imports {
  private Imports() {}

  static ImportReport text(String name, String text, ImportOptions options, ImportTarget target) {
    return bytes(name, text.getBytes(StandardCharsets.UTF_8), options, target);
  }

  static ImportReport text(Format format, String text, ImportTarget target) {
    return text("source", text, ImportOptions.defaults().withFormat(format), target);
  }

  static ImportReport bytes(String name, byte[] bytes, ImportOptions options, ImportTarget target) {
    return Importer.run(
        ImportSource.of(name, new ByteArrayInputStream(bytes)),
        options,
        target,
        ProgressListener.NONE);
  }
}
