package dev.quarry.tools.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quarry.tools.Quarry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The tool answers the same in every time zone and language of the machine. */
@Timeout(300)
class MachineSettingsTest {
  private static final String TASKS =
      """
      {"id":"I-1","title":"\u0130stanbul I\u0131","status":"in_progress","priority":"critical",\
      "due":"2024-02-29T23:59:59.999999Z","created":"2024-02-28T00:00:00.000001Z",\
      "updated":"2024-02-28T00:00:00.000001Z","estimated_hours":1234.5}
      {"id":"i-2","title":"ordinary","status":"TODO","due":"2024-03-01",\
      "created":"2024-02-28T01:00:00Z","updated":"2024-02-28T01:00:00Z"}
      """;

  private static final List<List<String>> COMMANDS =
      List.of(
          List.of("init"),
          List.of("import", "tasks.jsonl"),
          List.of("query", "STATUS = In_Progress and due < 2024-03-01"),
          List.of("export", "--format", "jsonl"));

  @TempDir Path directory;

  private List<String> outputs(Map<String, String> environment) throws Exception {
    Path home = Files.createTempDirectory(directory, "run");
    Files.writeString(home.resolve("tasks.jsonl"), TASKS, StandardCharsets.UTF_8);
    List<String> outputs = new ArrayList<>();
    for (List<String> command : COMMANDS) {
      outputs.add(command + ": " + output(home, environment, command));
    }
    return outputs;
  }

  private static String output(Path home, Map<String, String> environment, List<String> command)
      throws IOException, InterruptedException {
    List<String> all = new ArrayList<>();
    all.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    all.addAll(List.of("-Xmx256m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
    // a language that is not installed here would be ignored, were it named in LANG alone
    String language = environment.get("LANG").split("[_.]", 2)[0];
    all.add("-Duser.language=" + (language.equals("C") ? "en" : language));
    String classPath =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    all.addAll(List.of("-cp", classPath, Quarry.class.getName()));
    all.addAll(command);
    ProcessBuilder builder = new ProcessBuilder(all).directory(home.toFile());
    builder.redirectErrorStream(true);
    builder.environment().keySet().removeIf(name -> name.startsWith("LC_"));
    builder.environment().put("QUARRY_DB", "store");
    builder.environment().putAll(environment);
    Process process = builder.start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as("%s %s: %s", environment, command, text).isZero();
    return text;
  }

  @Test
  void zoneAndLanguageChangeNothing() throws Exception {
    List<String> plain = outputs(Map.of("TZ", "UTC", "LANG", "C.UTF-8"));
    assertThat(plain.get(2)).contains("I-1").doesNotContain("i-2");
    assertThat(plain.get(3)).contains("2024-02-29T23:59:59.999999Z").contains("1234.5");
    Map<String, String> others = new LinkedHashMap<>();
    others.put("Pacific/Kiritimati", "tr_TR.UTF-8");
    if (Boolean.getBoolean("quarry.long")) {
      others.put("America/St_Johns", "ar_EG.UTF-8");
      others.put("Asia/Kolkata", "th_TH.UTF-8");
    }
    for (Map.Entry<String, String> other : others.entrySet()) {
      Map<String, String> environment = Map.of("TZ", other.getKey(), "LANG", other.getValue());
      assertThat(outputs(environment)).as(environment.toString()).isEqualTo(plain);
    }
  }
}
