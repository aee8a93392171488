package dev.quarry.tools.serving;

import dev.quarry.tools.serving.Refusal.RefusedException;
import io.javalin.http.Context;
import io.javalin.http.Cookie;
import io.javalin.http.HttpStatus;
import io.javalin.http.SameSite;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Decides about each request before anything else sees it: whether it is meant for this server,
 * whether its caller knows the token, and whether it comes too soon. Thread-safe.
 */
final class Admission {
  static final String HEALTH = "/health";

  private static final String PAGE = "/";
  private static final String BEARER = "bearer ";

  /** Addresses whose calls are counted at once; the one that was quiet longest goes first. */
  private static final int MAX_ADDRESSES = 1_024;

  private final ServerSettings settings;
  private final Token token;
  private final HostNames hosts;
  private final CallRate users;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<String, CallRate> others = new LinkedHashMap<>(16, 0.75f, true);
  private final LongAdder admitted = new LongAdder();
  private final LongAdder refused = new LongAdder();

  Admission(ServerSettings settings) {
    this.settings = settings;
    this.token = new Token(settings.token());
    this.hosts = new HostNames(settings.address(), settings.name());
    this.users = new CallRate(settings.userCalls());
  }

  /** Requests that went on. */
  long admitted() {
    return admitted.sum();
  }

  /** Requests that did not. */
  long refused() {
    return refused.sum();
  }

  /** Lets a request through, or throws {@link RefusedException}. */
  void decide(Context ctx) {
    addHeaders(ctx);
    try {
      check(ctx);
    } catch (RefusedException e) {
      refused.increment();
      throw e;
    }
    admitted.increment();
  }

  /** What a browser may do with an answer: nothing that this page does not do. */
  private static void addHeaders(Context ctx) {
    ctx.header("X-Content-Type-Options", "nosniff");
    ctx.header("X-Frame-Options", "DENY");
    ctx.header("Referrer-Policy", "no-referrer");
    ctx.header("Cross-Origin-Resource-Policy", "same-origin");
    ctx.header("Cross-Origin-Opener-Policy", "same-origin");
    ctx.header("Cache-Control", "no-store");
    ctx.header(
        "Content-Security-Policy",
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'");
  }

  private void check(Context ctx) {
    if (!hosts.allow(ctx.req().getHeader("Host"))) {
      count(ofAddress(ctx));
      throw new RefusedException(
          new Refusal(
              421,
              "this is not the host that was asked for",
              "the request names another host than the one that is served",
              "ask by the address that quarry serve printed"));
    }
    if (ctx.path().equals(HEALTH)) {
      count(ofAddress(ctx));
      return;
    }
    String given = ctx.path().equals(PAGE) ? ctx.queryParam("token") : null;
    if (given != null && token.is(given)) {
      count(users);
      letIn(ctx);
    } else if (given == null && isKnown(ctx)) {
      count(users);
    } else {
      count(ofAddress(ctx));
      ctx.header("WWW-Authenticate", "Bearer");
      throw new RefusedException(
          new Refusal(
              401,
              "the token is missing or wrong",
              "every call but /health needs it",
              "open the URL that quarry serve printed, or send Authorization: Bearer TOKEN"));
    }
  }

  private boolean isKnown(Context ctx) {
    String header = ctx.header("Authorization");
    if (header != null) {
      return header.regionMatches(true, 0, BEARER, 0, BEARER.length())
          && token.is(header.substring(BEARER.length()).strip());
    }
    return token.is(ctx.cookie(cookieName(ctx)));
  }

  /** The token goes from the URL into a cookie that no script sees. */
  private void letIn(Context ctx) {
    Cookie cookie = new Cookie(cookieName(ctx), token.text());
    cookie.setHttpOnly(true);
    cookie.setSameSite(SameSite.STRICT);
    ctx.cookie(cookie);
    ctx.contentType("text/plain;charset=utf-8").redirect(PAGE, HttpStatus.SEE_OTHER);
  }

  /** Cookies are the same for all ports of a host. */
  private static String cookieName(Context ctx) {
    return "quarry_" + ctx.req().getLocalPort();
  }

  private void count(CallRate rate) {
    long wait = rate.take(settings.nanoClock().getAsLong());
    if (wait > 0) {
      int calls = rate == users ? settings.userCalls() : settings.publicCalls();
      throw new RefusedException(
          new Refusal(
              429,
              "calls come too fast",
              "at most " + calls + " a minute are answered",
              "wait as long as Retry-After says",
              Duration.ofNanos(wait)));
    }
  }

  private CallRate ofAddress(Context ctx) {
    String address = ctx.req().getRemoteAddr();
    lock.lock();
    try {
      CallRate rate =
          others.computeIfAbsent(address, unused -> new CallRate(settings.publicCalls()));
      if (others.size() > MAX_ADDRESSES) {
        others.remove(others.keySet().iterator().next());
      }
      return rate;
    } finally {
      lock.unlock();
    }
  }
}
