package dev.quarry;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The pages of the docs name each other rightly. */
class DocsTest {
  private static final Pattern LINK = Pattern.compile("]\\(([^)#\\s]+)(#[^)]*)?\\)");
  private static final Path ROOT = Path.of("").toAbsolutePath().getParent();
  private static final Path DECISIONS = ROOT.resolve("docs").resolve("decisions");

  @Test
  void linksLeadSomewhere() throws IOException {
    List<Path> pages = new ArrayList<>();
    for (Path folder : List.of(ROOT, ROOT.resolve("docs"), DECISIONS)) {
      pages.addAll(pages(folder));
    }
    List<String> broken = new ArrayList<>();
    int links = 0;
    for (Path page : pages) {
      Matcher link = LINK.matcher(Files.readString(page));
      while (link.find()) {
        if (!link.group(1).contains("://")) {
          links++;
          if (!Files.exists(page.resolveSibling(link.group(1)))) {
            broken.add(ROOT.relativize(page) + " -> " + link.group(1));
          }
        }
      }
    }
    assertThat(broken).isEmpty();
    assertThat(links).isGreaterThan(20);
  }

  @Test
  void everyDecisionIsInTheListOfDecisions() throws IOException {
    String list = Files.readString(DECISIONS.resolve("README.md"));
    List<Path> decisions = pages(DECISIONS);
    assertThat(decisions).hasSizeGreaterThan(20);
    for (Path page : decisions) {
      if (!page.endsWith("README.md")) {
        assertThat(list).contains("(" + page.getFileName() + ")");
      }
    }
  }

  private static List<Path> pages(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.toString().endsWith(".md")).toList();
    }
  }
}
