package dev.quarry.tools.importing;

import java.io.IOException;

/** Reads the records of one file of one format. */
interface RecordReader {
  /** Reads a file to its end and hands each record to the sink. */
  void read(SourceFile file, RecordSink sink) throws IOException;
}
