package dev.quarry.tools.serving;

import dev.quarry.tools.serving.Refusal.RefusedException;
import io.javalin.Javalin;
import io.javalin.compression.CompressionStrategy;
import io.javalin.config.JavalinConfig;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.HttpResponseException;
import io.javalin.json.JsonMapper;
import io.javalin.util.JavalinException;
import java.util.Map;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.eclipse.jetty.util.thread.ThreadPool;

/**
 * The dashboard over HTTP: the page, the calls that give JSON, the streams of changes, health and
 * metrics. Everything is only read. Its threads are daemons. Close it before the store.
 */
public final class DashboardServer implements AutoCloseable {
  /** Threads beside those that streams hold. */
  private static final int THREADS = 24;

  /**
   * What the system keeps of an answer that its reader has not taken. Small, so that a reader who
   * stops is seen to.
   */
  private static final int SEND_BUFFER_BYTES = 1 << 16;

  private static final String JSON = "application/json;charset=utf-8";

  private final ServerSettings settings;
  private final Served served;
  private final Admission admission;
  private final ChangeStreams streams;
  private final Metrics metrics;
  private final Javalin javalin;

  private DashboardServer(ServerSettings settings, Served served) {
    this.settings = settings;
    this.served = served;
    this.admission = new Admission(settings);
    this.streams = new ChangeStreams(served, settings);
    this.metrics = new Metrics(served, admission, streams);
    this.javalin = Javalin.create(this::configure);
  }

  /**
   * Starts it.
   *
   * @throws BindFailedException if it cannot listen there
   */
  public static DashboardServer start(ServerSettings settings, Served served) {
    DashboardServer server = new DashboardServer(settings, served);
    try {
      server.javalin.start();
    } catch (JavalinException e) {
      throw new BindFailedException(e);
    }
    return server;
  }

  /** It cannot listen at the address; the message says why. */
  public static final class BindFailedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    BindFailedException(JavalinException cause) {
      super(root(cause).getMessage(), cause);
    }

    private static Throwable root(Throwable failure) {
      Throwable root = failure;
      while (root.getCause() != null) {
        root = root.getCause();
      }
      return root;
    }
  }

  /** The port that it listens on. */
  public int port() {
    return javalin.port();
  }

  /** Streams of changes that are open. */
  public int streams() {
    return streams.count();
  }

  @Override
  public void close() {
    streams.close();
    javalin.stop();
  }

  private void configure(JavalinConfig config) {
    config.startup.showJavalinBanner = false;
    config.startup.showOldJavalinVersionWarning = false;
    config.startup.startupWatcherEnabled = false;
    config.http.compressionStrategy = CompressionStrategy.NONE;
    config.http.prefer405over404 = true;
    config.http.defaultContentType = JSON;
    config.router.javaLangErrorHandler((response, error) -> response.setStatus(500));
    config.jsonMapper(new JsonMapper() {}); // answers are made by the tool itself
    config.jetty.threadPool = threads();
    config.jetty.addConnector(this::connector);
    route(config.routes);
  }

  private ThreadPool threads() {
    QueuedThreadPool threads = new QueuedThreadPool(settings.streams() + THREADS, 4);
    threads.setName("quarry-serve");
    threads.setDaemon(true);
    return threads;
  }

  /** Plain HTTP/1.1: nothing that a request could be upgraded to. */
  private Connector connector(Server server, HttpConfiguration configuration) {
    configuration.setSendServerVersion(false);
    ServerConnector connector =
        new ServerConnector(server, 1, 1, new HttpConnectionFactory(configuration));
    connector.setHost(settings.address().getHostAddress());
    connector.setPort(settings.port());
    connector.setIdleTimeout(settings.readerTimeout().toMillis());
    connector.setAcceptedSendBufferSize(SEND_BUFFER_BYTES);
    return connector;
  }

  private void route(RoutesConfig routes) {
    routes.before(admission::decide);
    routes.get(Admission.HEALTH, this::health);
    routes.get("/metrics", ctx -> ctx.contentType(MetricsText.TYPE).result(metrics.text()));
    routes.get("/api/changes", streams::serve);
    for (Served.Route route : served.routes()) {
      routes.get(route.path(), ctx -> ctx.result(route.json().apply(call(ctx))));
    }
    for (Map.Entry<String, PageFiles.PageFile> file : new PageFiles().byPath().entrySet()) {
      PageFiles.PageFile content = file.getValue();
      routes.get(file.getKey(), ctx -> ctx.contentType(content.type()).result(content.bytes()));
    }
    routes.exception(RefusedException.class, (e, ctx) -> refuse(ctx, e.refusal()));
    routes.exception(
        HttpResponseException.class,
        (e, ctx) -> refuse(ctx, new Refusal(e.getStatus(), e.getMessage(), null, null)));
    routes.exception(Exception.class, this::fail);
  }

  private static Served.Call call(Context ctx) {
    return new Served.Call() {
      @Override
      public String part(String name) {
        return ctx.pathParam(name);
      }

      @Override
      public String parameter(String name) {
        return ctx.queryParam(name);
      }
    };
  }

  /** Whether the store can be read; says nothing of what is in it. */
  private void health(Context ctx) {
    boolean up;
    try {
      served.store().statusOf("health");
      up = true;
    } catch (RuntimeException e) {
      up = false; // why is for those who know the token
    }
    ctx.status(up ? 200 : 503).result(up ? "{\"status\":\"UP\"}" : "{\"status\":\"DOWN\"}");
  }

  private void fail(Exception failure, Context ctx) {
    refuse(
        ctx,
        failure instanceof RuntimeException e
            ? served.refusal(e)
            : new Refusal(500, "internal error", failure.toString(), null));
  }

  private static void refuse(Context ctx, Refusal refusal) {
    if (refusal.retryAfter() != null) {
      ctx.header("Retry-After", Long.toString(refusal.retrySeconds()));
    }
    ctx.status(refusal.status()).contentType(JSON).result(refusal.json());
  }
}
