package dev.quarry.tools.importing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.Link;
import dev.quarry.ProgressListener;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A task whose id is not that of its source is found by what names it there. */
class SourceIdsTest {
  private static final ImportOptions OPTIONS = ImportOptions.defaults();

  private final MemoryTarget target = new MemoryTarget();

  @Test
  void whatNamesAMappedIdIsMapped() {
    String before =
        "{\"id\":\"c\",\"dependencies\":[\"a\\nb\",\"d\"],\"links\":[\"RELATED a\\nb\"]}\n";
    String text =
        before
            + "{\"id\":\"a\\nb\",\"title\":\"A\"}\n"
            + before.replace("\"c\"", "\"d\",\"title\":\"D\"").replace(",\"d\"]", "]");
    ImportReport r = Imports.text("x.jsonl", text, OPTIONS, target);
    assertThat(r.created()).isEqualTo(3);
    assertThat(r.dangling()).isEmpty();
    String mapped = r.mappedIds().get("a\nb");
    assertThat(target.get("c").dependencies()).containsExactly(mapped, "d");
    assertThat(target.get("c").links()).containsExactly(new Link(Link.Type.RELATED, mapped));
    assertThat(target.get("c").attributes())
        .containsEntry("source.dependencies", "[\"a\\nb\"]")
        .containsEntry("source.links", "[\"RELATED a\\nb\"]");
    assertThat(target.get("d").dependencies()).containsExactly(mapped);
    assertThat(Imports.text("x.jsonl", text, OPTIONS, target).unchanged()).isEqualTo(3);
  }

  @ParameterizedTest
  @EnumSource(names = {"SKIP", "STRICT"})
  void whatIsRepairedDoesNotDangle(DanglingPolicy policy, @TempDir Path folder) throws IOException {
    Path file = folder.resolve("x.jsonl");
    Files.writeString(
        file,
        """
        {"id":"\u00c3\u00bc1","title":"a"}
        {"id":"b","title":"b","dependencies":["\u00c3\u00bc1"]}
        """);
    ImportOptions options = OPTIONS.withFixMojibake(true).withDangling(policy);
    ImportReport r = Importer.run(ImportSource.of(file), options, target, ProgressListener.NONE);
    assertThat(r.errors()).isEmpty();
    assertThat(r.danglingCount()).isZero();
    assertThat(target.get("b").dependencies()).containsExactly("\u00fc1");
    assertThat(target.get("\u00fc1").title()).isEqualTo("a");
  }
}
