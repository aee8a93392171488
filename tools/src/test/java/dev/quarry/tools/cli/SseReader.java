package dev.quarry.tools.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;

/** Reads server-sent events as a browser does, so far as the server uses them. */
final class SseReader implements AutoCloseable {
  private static final long PATIENCE_NANOS = 60_000_000_000L;

  private final HttpResponse<InputStream> response;
  private final BufferedReader lines;
  private String lastId;
  private int heartbeats;

  SseReader(HttpResponse<InputStream> response) {
    this.response = response;
    this.lines = new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8));
  }

  /**
   * An event.
   *
   * @param name its name
   * @param id the last id that was sent, with it or before
   * @param data its data
   */
  record Event(String name, String id, String data) {}

  int status() {
    return response.statusCode();
  }

  HttpResponse<InputStream> response() {
    return response;
  }

  /** The id that a browser would begin again with. */
  String lastId() {
    return lastId;
  }

  int heartbeats() {
    return heartbeats;
  }

  /** Waits for the next event, not longer than a minute while heartbeats come; null at the end. */
  Event next() {
    long giveUp = System.nanoTime() + PATIENCE_NANOS;
    String name = "message";
    String data = null;
    for (String line = line(); line != null; line = line()) {
      if (line.isEmpty() && data != null) {
        return new Event(name, lastId, data);
      }
      take(line);
      assertThat(System.nanoTime()).as("an event is behind " + lastId).isLessThan(giveUp);
      if (line.startsWith("event: ")) {
        name = line.substring(7);
      } else if (line.startsWith("data: ")) {
        data = line.substring(6);
      }
    }
    return null;
  }

  /** Waits for so many heartbeats in all, without events between them. */
  void awaitHeartbeats(int number) {
    while (heartbeats < number) {
      take(line());
    }
  }

  private void take(String line) {
    if (line.startsWith("id: ")) {
      lastId = line.substring(4);
    } else if (line.equals(": heartbeat")) {
      heartbeats++;
    }
  }

  private String line() {
    try {
      return lines.readLine();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    try {
      response.body().close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
