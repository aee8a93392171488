package dev.quarry.tools;

import dev.quarry.tools.format.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a program is made of, for programs: a list in the form of CycloneDX 1.6. Two builds of the
 * same are the same bytes, so it has neither a time nor a serial number.
 */
final class Sbom {
  private Sbom() {}

  /**
   * A library.
   *
   * @param licences by their SPDX identifiers, of which one may be chosen
   * @param jar whose hash is told
   */
  record Library(String group, String name, String version, Set<String> licences, Path jar) {
    private Map<String, Object> component() throws IOException {
      Map<String, Object> component = new LinkedHashMap<>();
      component.put("type", "library");
      component.put("group", group);
      component.put("name", name);
      component.put("version", version);
      component.put("purl", "pkg:maven/" + group + "/" + name + "@" + version);
      component.put("licenses", List.of(Map.of("expression", String.join(" OR ", licences))));
      Map<String, Object> hash = new LinkedHashMap<>();
      hash.put("alg", "SHA-256");
      hash.put("content", sha256(jar));
      component.put("hashes", List.of(hash));
      return component;
    }
  }

  /** Writes the list. */
  static void write(Path file, Collection<Library> libraries) throws IOException {
    List<Map<String, Object>> components = new ArrayList<>();
    for (Library library : libraries) {
      components.add(library.component());
    }
    Map<String, Object> list = new LinkedHashMap<>();
    list.put("bomFormat", "CycloneDX");
    list.put("specVersion", "1.6");
    Map<String, Object> program = new LinkedHashMap<>();
    program.put("type", "application");
    program.put("name", "quarry");
    list.put("metadata", Map.of("component", program));
    list.put("components", components);
    Files.writeString(file, Json.toText(list) + "\n");
  }

  private static String sha256(Path jar) throws IOException {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      return HexFormat.of().formatHex(digest.digest(Files.readAllBytes(jar)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
