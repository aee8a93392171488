package dev.quarry.tools.cli;

import dev.quarry.StoreInspection;
import dev.quarry.TaskStore;
import dev.quarry.tools.config.Configuration;
import dev.quarry.tools.render.Column;
import dev.quarry.tools.render.Values;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import picocli.CommandLine.Command;

/** Looks at a store and its surroundings for what is wrong or soon will be. */
@Command(
    description = {
      "Look for what is wrong with a store, or soon will be: damaged files, a full device, rights,",
      "backups and checks that are missing, settings that are wrong. Changes nothing:",
      "  quarry --db tasks doctor",
      "Exit code 0 if all is well, 1 for advice, 5 for damage."
    })
final class DoctorCommand extends FormattedCommand {
  private static final long LITTLE_SPACE_BYTES = 256L << 20;

  private final List<List<Object>> rows = new ArrayList<>();
  private int code = ExitCode.OK;

  @Override
  int run(Session session) {
    Path directory = session.db();
    session.requireStore(directory);
    try {
      files(directory);
      device(directory);
      rights(directory);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    String holder = TaskStore.holder(directory).orElse(null);
    ok("lock", holder == null ? "nobody holds the store" : "held: " + holder);
    done("verify", StoreFacts.lastVerify(directory), "quarry verify --deep");
    done("backup", StoreFacts.lastBackup(directory), "quarry backup create DIR");
    settings(session);
    session.comesTo(code);
    session.printRows(
        List.of(Column.text("check"), Column.text("result"), Column.text("finding")), rows);
    return code;
  }

  private void files(Path directory) {
    StoreInspection found = TaskStore.inspect(directory);
    for (String problem : found.problems()) {
      rows.add(List.of("files", "DAMAGED", problem));
      code = ExitCode.CORRUPTION;
    }
    if (found.problems().isEmpty()) {
      ok("files", found.files().size() + " files, every block read");
    }
  }

  private void device(Path directory) throws IOException {
    FileStore device = Files.getFileStore(directory);
    String free = Values.size(device.getUsableSpace()) + " free";
    if (device.getUsableSpace() < LITTLE_SPACE_BYTES) {
      advise("device", free + "; writes are refused below 32 MiB");
    } else {
      ok("device", free);
    }
  }

  private void rights(Path directory) throws IOException {
    if (!Files.getFileStore(directory).supportsFileAttributeView("posix")) {
      return;
    }
    Set<PosixFilePermission> rights = Files.getPosixFilePermissions(directory);
    boolean open =
        rights.contains(PosixFilePermission.GROUP_READ)
            || rights.contains(PosixFilePermission.GROUP_EXECUTE)
            || rights.contains(PosixFilePermission.OTHERS_READ)
            || rights.contains(PosixFilePermission.OTHERS_EXECUTE);
    if (open) {
      advise("rights", "others can read the store; chmod 700 " + directory);
    } else {
      ok("rights", "only the owner can read the store");
    }
  }

  /** What is set for the next command that opens the store. */
  private void settings(Session session) {
    Map<String, String> environment = session.terminal().environment();
    List<String> wrong;
    try {
      wrong = Configuration.problems(session.configFile(), environment, Words::nearest);
    } catch (UncheckedIOException e) { // what else it has found is told nevertheless
      wrong = List.of(session.configFile() + " cannot be read: " + e.getCause());
    }
    List<String> unknown = Variables.unknown(environment);
    wrong.forEach(problem -> advise("settings", problem));
    unknown.forEach(finding -> advise("settings", finding));
    if (wrong.isEmpty() && unknown.isEmpty()) {
      ok("settings", "every variable and key is known; quarry config show");
    }
  }

  private void done(String check, String when, String how) {
    if (when == null) {
      advise(check, "never, as far as the tool knows; " + how);
    } else {
      ok(check, "last " + when);
    }
  }

  private void ok(String check, String finding) {
    rows.add(List.of(check, "ok", finding));
  }

  private void advise(String check, String finding) {
    rows.add(List.of(check, "advice", finding));
    code = code == ExitCode.OK ? ExitCode.NEGATIVE : code;
  }
}
