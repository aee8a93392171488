package dev.quarry.tools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.MAP;

import dev.quarry.tools.format.Json;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.w3c.dom.NodeList;

/**
 * {@code docs/dependencies.md} names what {@code quarry.jar} is made of, with versions and
 * licences: no more and no less than is on the path of the classes, as the libraries' own POMs have
 * it. Each has a licence that lets it be passed on. The same is written as a CycloneDX list, {@code
 * target/quarry-sbom.json}.
 */
class DependenciesTest {
  /** What is there for tests only. */
  private static final Set<String> OF_TESTS =
      Set.of(
          "org.junit.jupiter",
          "org.junit.platform",
          "org.opentest4j",
          "org.apiguardian",
          "org.assertj",
          "com.tngtech.archunit",
          "net.bytebuddy");

  /** The names that POMs give to licences; what is not here is to be looked at first. */
  private static final Map<String, String> LICENCES =
      Map.ofEntries(
          Map.entry("the apache software license, version 2.0", "Apache-2.0"),
          Map.entry("the apache license, version 2.0", "Apache-2.0"),
          Map.entry("apache license, version 2.0", "Apache-2.0"),
          Map.entry("apache license version 2.0", "Apache-2.0"),
          Map.entry("apache license 2.0", "Apache-2.0"),
          Map.entry("apache 2.0", "Apache-2.0"),
          Map.entry("apache-2.0", "Apache-2.0"),
          Map.entry("3-clause bsd license", "BSD-3-Clause"),
          Map.entry("the bsd license", "BSD-3-Clause"),
          Map.entry("bsd-3-clause", "BSD-3-Clause"),
          Map.entry("the bsd 2-clause license", "BSD-2-Clause"),
          Map.entry("bsd 2-clause license", "BSD-2-Clause"),
          Map.entry("bsd-2-clause", "BSD-2-Clause"),
          Map.entry("mit license", "MIT"),
          Map.entry("mit", "MIT"),
          Map.entry("the mit license", "MIT"),
          Map.entry("public domain, per creative commons cc0", "CC0-1.0"),
          Map.entry("epl-2.0", "EPL-2.0"),
          Map.entry("epl 2.0", "EPL-2.0"),
          Map.entry("gpl2 w/ cpe", "GPL-2.0-with-classpath-exception"),
          Map.entry("gnu general public license, version 2", "GPL-2.0"),
          Map.entry(
              "gnu general public license (gpl), version 2, with the classpath exception",
              "GPL-2.0-with-classpath-exception"),
          Map.entry("lgpl-2.1-or-later", "LGPL-2.1"),
          Map.entry("lgpl, version 2.1", "LGPL-2.1"));

  /** One of a library's licences has to be among these. */
  private static final Set<String> ALLOWED =
      Set.of(
          "Apache-2.0",
          "BSD-2-Clause",
          "BSD-3-Clause",
          "MIT",
          "CC0-1.0",
          "GPL-2.0-with-classpath-exception");

  private static final Path LIST = Path.of("..", "docs", "dependencies.md");
  private static final Path SBOM = Path.of("target", "quarry-sbom.json");

  @Test
  void theListIsThatOfTheJarAndAllLicencesAreAllowed() throws Exception {
    Map<String, Set<String>> found = new TreeMap<>();
    Map<String, Sbom.Library> libraries = new TreeMap<>();
    for (String entry : classPath()) {
      Path jar = Path.of(entry);
      if (!entry.endsWith(".jar") || isOwn(jar)) {
        continue;
      }
      Path version = jar.getParent();
      Path artifact = version.getParent();
      Element pom = pom(artifact, version.getFileName().toString());
      String group = value(pom, "groupId");
      if (OF_TESTS.contains(group)) {
        continue;
      }
      String name = artifact.getFileName().toString();
      String number = version.getFileName().toString();
      Set<String> licences = licences(pom, artifact);
      String row = group + ":" + name + " | " + number;
      found.put(row, licences);
      libraries.put(row, new Sbom.Library(group, name, number, licences, jar));
    }
    assertThat(found).hasSizeGreaterThan(20);
    List<String> wanted = new ArrayList<>();
    found.forEach(
        (name, licences) -> {
          assertThat(licences).as(name).isNotEmpty();
          assertThat(licences.stream().anyMatch(ALLOWED::contains))
              .as("%s is under %s", name, licences)
              .isTrue();
          wanted.add("| " + name + " | " + String.join(" or ", licences) + " |");
        });
    List<String> rows =
        Files.readAllLines(LIST).stream().filter(line -> line.matches("\\| \\S+:.*")).toList();
    assertThat(rows).containsExactlyElementsOf(wanted);
    Sbom.write(SBOM, libraries.values());
    assertThat(rowsOf(SBOM, List.copyOf(libraries.values()))).isEqualTo(rows);
  }

  /** What the page would have, were it made of the list for programs. */
  private static List<String> rowsOf(Path sbom, List<Sbom.Library> libraries) throws Exception {
    assertThat(Json.parse(Files.readString(sbom)))
        .asInstanceOf(MAP)
        .containsEntry("bomFormat", "CycloneDX")
        .containsEntry("specVersion", "1.6");
    Map<?, ?> tree = (Map<?, ?>) Json.parse(Files.readString(sbom));
    List<String> rows = new ArrayList<>();
    for (Object each : (List<?>) tree.get("components")) {
      Map<?, ?> component = (Map<?, ?>) each;
      Object name = component.get("group") + ":" + component.get("name");
      Map<?, ?> licence = (Map<?, ?>) ((List<?>) component.get("licenses")).get(0);
      String either = String.valueOf(licence.get("expression")).replace(" OR ", " or ");
      assertThat(component.get("purl"))
          .isEqualTo(
              "pkg:maven/" + name.toString().replace(':', '/') + "@" + component.get("version"));
      Map<?, ?> hash = (Map<?, ?>) ((List<?>) component.get("hashes")).get(0);
      byte[] jar = Files.readAllBytes(libraries.get(rows.size()).jar());
      assertThat(hash.get("content"))
          .isEqualTo(HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(jar)));
      rows.add("| " + name + " | " + component.get("version") + " | " + either + " |");
    }
    return rows;
  }

  private static List<String> classPath() {
    String path =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    return List.of(path.split(File.pathSeparator, -1));
  }

  private static boolean isOwn(Path jar) {
    return jar.getFileName().toString().startsWith("quarry-");
  }

  private static Element pom(Path artifact, String version) throws Exception {
    Path file = artifact.resolve(version).resolve(artifact.getFileName() + "-" + version + ".pom");
    DocumentBuilder builder = DocumentBuilderFactory.newInstance().newDocumentBuilder();
    return builder.parse(file.toFile()).getDocumentElement();
  }

  /** Its own, or where it has none those of its parent. */
  private static Set<String> licences(Element pom, Path artifact) throws Exception {
    Set<String> names = new TreeSet<>();
    for (Element licences : children(pom, "licenses")) {
      for (Element licence : children(licences, "license")) {
        String name = value(licence, "name").replaceAll("\\s+", " ");
        String known = LICENCES.get(name.toLowerCase(java.util.Locale.ROOT));
        assertThat(known).as("%s: the licence `%s`", artifact.getFileName(), name).isNotNull();
        names.add(known);
      }
    }
    List<Element> parents = children(pom, "parent");
    if (names.isEmpty() && !parents.isEmpty()) {
      Element parent = parents.get(0);
      Path repository = repository(artifact, value(pom, "groupId"));
      Path of =
          repository
              .resolve(value(parent, "groupId").replace('.', '/'))
              .resolve(value(parent, "artifactId"));
      return licences(pom(of, value(parent, "version")), of);
    }
    return names;
  }

  private static Path repository(Path artifact, String group) throws IOException {
    Path repository = artifact.toRealPath();
    for (int i = group.split("\\.", -1).length; i >= 0; i--) {
      repository = repository.getParent();
    }
    return repository;
  }

  /** Of an element; the group may be that of the parent. */
  private static String value(Element of, String name) {
    List<Element> found = children(of, name);
    if (!found.isEmpty()) {
      return found.get(0).getTextContent().strip();
    }
    List<Element> parents = children(of, "parent");
    return parents.isEmpty() ? "" : value(parents.get(0), name);
  }

  private static List<Element> children(Element of, String name) {
    List<Element> found = new ArrayList<>();
    NodeList nodes = of.getChildNodes();
    for (int i = 0; i < nodes.getLength(); i++) {
      Node node = nodes.item(i);
      if (node instanceof Element element && element.getTagName().equals(name)) {
        found.add(element);
      }
    }
    return found;
  }
}
