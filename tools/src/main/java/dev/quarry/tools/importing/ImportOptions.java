package dev.quarry.tools.importing;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Map;

/**
 * How to import. Start with {@link #defaults} and change what differs.
 *
 * @param format the format, or null to find it by name and content
 * @param dryRun only report; write nothing
 * @param strict stop at the first error
 * @param duplicates what to do with ids that are taken
 * @param dangling what to do with dependencies on unknown ids
 * @param csvMapping field or attribute name by CSV header
 * @param charset encoding of the source; a byte order mark wins over it
 * @param zone zone of times that name none
 * @param tombstones import deleted beads issues as cancelled tasks
 * @param fixMojibake repair text that was encoded twice
 * @param batchSize tasks of one commit
 * @param maxLineBytes longest line, or Markdown file; longer ones are refused, as are those above
 *     an eighth of the heap
 */
public record ImportOptions(
    Format format,
    boolean dryRun,
    boolean strict,
    DuplicatePolicy duplicates,
    DanglingPolicy dangling,
    Map<String, String> csvMapping,
    Charset charset,
    ZoneId zone,
    boolean tombstones,
    boolean fixMojibake,
    int batchSize,
    int maxLineBytes) {
  /** Copies the mapping and checks the sizes. */
  public ImportOptions {
    csvMapping = Map.copyOf(csvMapping);
    if (batchSize < 1 || maxLineBytes < 1) {
      throw new IllegalArgumentException("batchSize and maxLineBytes must be positive");
    }
  }

  /** Format found, update duplicates, allow dangling, UTF-8, UTC, 1,000 a commit, 64 MB a line. */
  public static ImportOptions defaults() {
    return new ImportOptions(
        null,
        false,
        false,
        DuplicatePolicy.UPDATE,
        DanglingPolicy.ALLOW,
        Map.of(),
        StandardCharsets.UTF_8,
        ZoneOffset.UTC,
        false,
        false,
        1_000,
        64 << 20);
  }

  /** The same with another format; null to find it. */
  public ImportOptions withFormat(Format value) {
    return copy(value, dryRun, strict, duplicates, dangling, csvMapping);
  }

  /** The same, writing or not. */
  public ImportOptions withDryRun(boolean value) {
    return copy(format, value, strict, duplicates, dangling, csvMapping);
  }

  /** The same, stopping at the first error or not. */
  public ImportOptions withStrict(boolean value) {
    return copy(format, dryRun, value, duplicates, dangling, csvMapping);
  }

  /** The same with another policy for duplicates. */
  public ImportOptions withDuplicates(DuplicatePolicy value) {
    return copy(format, dryRun, strict, value, dangling, csvMapping);
  }

  /** The same with another policy for dangling dependencies. */
  public ImportOptions withDangling(DanglingPolicy value) {
    return copy(format, dryRun, strict, duplicates, value, csvMapping);
  }

  /** The same with another mapping of CSV headers. */
  public ImportOptions withCsvMapping(Map<String, String> value) {
    return copy(format, dryRun, strict, duplicates, dangling, value);
  }

  private ImportOptions copy(
      Format format,
      boolean dryRun,
      boolean strict,
      DuplicatePolicy duplicates,
      DanglingPolicy dangling,
      Map<String, String> csvMapping) {
    return new ImportOptions(
        format,
        dryRun,
        strict,
        duplicates,
        dangling,
        csvMapping,
        charset,
        zone,
        tombstones,
        fixMojibake,
        batchSize,
        maxLineBytes);
  }

  /** The same with another encoding. */
  public ImportOptions withCharset(Charset value) {
    return copy(value, zone, tombstones, fixMojibake, batchSize, maxLineBytes);
  }

  /** The same with another zone. */
  public ImportOptions withZone(ZoneId value) {
    return copy(charset, value, tombstones, fixMojibake, batchSize, maxLineBytes);
  }

  /** The same, with tombstones or without. */
  public ImportOptions withTombstones(boolean value) {
    return copy(charset, zone, value, fixMojibake, batchSize, maxLineBytes);
  }

  /** The same, repairing mojibake or not. */
  public ImportOptions withFixMojibake(boolean value) {
    return copy(charset, zone, tombstones, value, batchSize, maxLineBytes);
  }

  /** The same with another number of tasks a commit. */
  public ImportOptions withBatchSize(int value) {
    return copy(charset, zone, tombstones, fixMojibake, value, maxLineBytes);
  }

  /** The same with another longest line. */
  public ImportOptions withMaxLineBytes(int value) {
    return copy(charset, zone, tombstones, fixMojibake, batchSize, value);
  }

  private ImportOptions copy(
      Charset charset,
      ZoneId zone,
      boolean tombstones,
      boolean fixMojibake,
      int batchSize,
      int maxLineBytes) {
    return new ImportOptions(
        format,
        dryRun,
        strict,
        duplicates,
        dangling,
        csvMapping,
        charset,
        zone,
        tombstones,
        fixMojibake,
        batchSize,
        maxLineBytes);
  }
}
