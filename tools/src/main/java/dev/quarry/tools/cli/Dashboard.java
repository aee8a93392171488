package dev.quarry.tools.cli;

import dev.quarry.TaskStore;
import dev.quarry.tools.serving.DashboardServer;
import dev.quarry.tools.serving.ServerSettings;
import dev.quarry.tools.serving.Token;
import java.net.Inet6Address;
import java.net.InetAddress;

/** Serves a store, and says where. */
final class Dashboard {
  private Dashboard() {}

  /**
   * Serves until {@code untilEnd} returns.
   *
   * @param bind what the user called the address, or null
   * @param given the token that the user chose, or null for a random one
   */
  static void serve(
      Session session,
      TaskStore store,
      InetAddress address,
      String bind,
      int port,
      String given,
      Runnable untilEnd) {
    String token = given == null ? Token.random() : given;
    String name = bind == null ? address.getHostAddress() : bind;
    ServerSettings settings = ServerSettings.of(address, name, port, token);
    try (DashboardServer server =
        DashboardServer.start(settings, new ServedStore(session, store))) {
      String url = "http://" + inUrl(address) + ":" + server.port() + "/";
      String shown = given == null ? url + "?token=" + token : url;
      // not a remark, which could be turned off: without it, nobody could come in
      session.terminal().err().println("serving " + store.directory() + " at " + shown);
      session.note("read-only; Ctrl-C ends it");
      untilEnd.run();
    } catch (DashboardServer.BindFailedException e) {
      throw new CliException(
          ExitCode.NEGATIVE,
          "cannot listen at " + inUrl(address) + " port " + port,
          e.getMessage(),
          "--port 0 for any free port, or another --bind");
    }
  }

  private static String inUrl(InetAddress address) {
    String text = address.getHostAddress();
    return address instanceof Inet6Address ? "[" + text + "]" : text;
  }
}
