package dev.quarry.tools.serving;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The small parts of the server, without HTTP. */
class ServingPartsTest {
  @ParameterizedTest
  @CsvSource({
    "0.0.0.0,192.168.1.5:8090,true",
    "0.0.0.0,[fe80::1%25eth0]:80,true",
    "0.0.0.0,localhost,true",
    "0.0.0.0,evil.example,false",
    "0.0.0.0,1.2.3.4.evil.example,false",
    "192.168.1.5,192.168.1.5,true",
    "192.168.1.5,192.168.1.6,false",
    "192.168.1.5,store.lan:8090,true",
    "127.0.0.1,STORE.lan.,true",
    "127.0.0.1,[::1,false",
    "127.0.0.1,:80,false"
  })
  void hostsAreThoseThatAreServed(String bound, String header, boolean allowed)
      throws UnknownHostException {
    HostNames names = new HostNames(InetAddress.getByName(bound), "store.lan");
    assertThat(names.allow(header)).isEqualTo(allowed);
  }

  @Test
  void tokensAreRandomAndOfTheirForm() {
    String one = Token.random();
    assertThat(one).matches("[A-Za-z0-9_-]{43}").isNotEqualTo(Token.random());
    Token token = new Token(one);
    assertThat(token.is(one)).isTrue();
    assertThat(token.is(one + "x")).isFalse();
    assertThat(token.is("")).isFalse();
    assertThat(token.is(null)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void noMinuteAdmitsMoreThanTheRate(long seed) {
    Random random = new Random(seed);
    CallRate rate = new CallRate(20);
    long minute = TimeUnit.MINUTES.toNanos(1);
    long now = Long.MAX_VALUE - minute; // it wraps around
    long[] admitted = new long[1_000];
    int count = 0;
    while (count < admitted.length) {
      now += random.nextInt(10) == 0 ? random.nextLong(minute) : random.nextLong(minute / 100);
      long wait = rate.take(now);
      if (wait > 0) {
        assertThat(wait).isLessThanOrEqualTo(minute);
        assertThat(rate.take(now + wait - 1)).isEqualTo(1);
        continue;
      }
      admitted[count++] = now;
      if (count > 20) {
        assertThat(now - admitted[count - 21]).isGreaterThanOrEqualTo(minute);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"4711,4710", "4711.2,4710", "4711.end,4711", "0.end,0"})
  void idsAreReadAsTheyAreWritten(String text, long from) {
    EventId id = EventId.parse(text);
    assertThat(id).hasToString(text);
    assertThat(id.from()).isEqualTo(from);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "x", "-1", "1.", "1.0", "1.x", "0", "0.1", "1234567890123456789", "1 "})
  void whatIsNoIdIsRefused(String text) {
    assertThat(EventId.parse(text)).isNull();
  }

  @Test
  void labelsAndHelpAreEscaped() {
    MetricsText text = new MetricsText();
    text.gauge("a", "one\\two\nthree", Map.of("l", "x\"y\\z\n"), 15);
    assertThat(text)
        .hasToString("# HELP a one\\\\two\\nthree\n# TYPE a gauge\na{l=\"x\\\"y\\\\z\\n\"} 15\n");
  }
}
