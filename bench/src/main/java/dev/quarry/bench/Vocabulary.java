package dev.quarry.bench;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** About 2,000 words that sound like work on software. Immutable; thread-safe. */
final class Vocabulary {
  private static final String STEMS =
      "load index cache build test render parse sync merge deploy sort scan batch queue lock claim"
          + " watch trace audit backup restore import export migrate monitor schedule dispatch retry"
          + " encode decode compress verify sign hash route proxy stream buffer flush commit archive"
          + " filter query join group count page search rank tag label review approve assign notify"
          + " report plan track log debug profile tune measure bench stress patch release publish"
          + " document draft refactor rename split inline extract wrap mock stub inject bind"
          + " register resolve lookup map reduce shard replicate balance throttle limit guard check"
          + " validate format convert translate localize style layout paint click scroll drag focus"
          + " login session token grant revoke rotate encrypt mask scrub clean purge expire renew"
          + " lease poll push pull fetch clone fork branch";
  private static final String[] ENDINGS = {
    "", "s", "er", "ers", "ing", "ed", "able", "less", "-path", "-state", "-size", "-time"
  };
  private static final String[] BEGINNINGS = {"", "re", "pre", "auto-"};
  private static final int LIMIT = 2_000;

  private final String[] words;

  Vocabulary() {
    List<String> all = new ArrayList<>();
    for (String beginning : BEGINNINGS) {
      for (String ending : ENDINGS) {
        for (String stem : STEMS.split(" ", -1)) {
          all.add(beginning + stem + ending);
        }
      }
    }
    Set<String> distinct = new LinkedHashSet<>(all);
    words = distinct.stream().limit(LIMIT).toArray(String[]::new);
  }

  int size() {
    return words.length;
  }

  String word(int index) {
    return words[index];
  }

  /** Text of exactly {@code length} characters. */
  String text(SplitMix random, int length) {
    StringBuilder text = new StringBuilder(length + 24);
    while (text.length() < length) {
      if (!text.isEmpty()) {
        text.append(' ');
      }
      text.append(words[random.nextInt(words.length)]);
    }
    text.setLength(length);
    if (text.charAt(length - 1) == ' ') {
      text.setCharAt(length - 1, '.');
    }
    return text.toString();
  }
}
