package dev.quarry.index;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;

/** A whole index in plain sorted collections. */
final class IndexModel {
  final TreeMap<Integer, TreeMap<String, TreeSet<Long>>> fields = new TreeMap<>();
  final TreeMap<Long, long[]> rows = new TreeMap<>();
  private final int columns;

  IndexModel(int columns) {
    this.columns = columns;
  }

  private NavigableSet<Long> term(int field, String value) {
    return fields
        .computeIfAbsent(field, f -> new TreeMap<>())
        .computeIfAbsent(value, v -> new TreeSet<>());
  }

  void add(int field, String value, long ordinal) {
    term(field, value).add(ordinal);
  }

  void remove(int field, String value, long ordinal) {
    term(field, value).remove(ordinal);
  }

  /** Everything that the index holds equals the model. */
  void check(PostingIndex index) {
    long terms = 0;
    for (int field : fields.keySet()) {
      TreeMap<String, Long> expected = new TreeMap<>();
      fields
          .get(field)
          .forEach(
              (value, set) -> {
                if (!set.isEmpty()) {
                  expected.put(value, (long) set.size());
                }
                new TermModel(set)
                    .check(
                        index.term(field, value.getBytes(StandardCharsets.UTF_8)),
                        "field " + field + " value " + value);
              });
      TreeMap<String, Long> found = new TreeMap<>();
      index.forEachTerm(
          field,
          (value, n) ->
              assertThat(found.put(new String(value, StandardCharsets.UTF_8), n)).isNull());
      assertThat(found).isEqualTo(expected);
      assertThat(byNumber(index, field)).isEqualTo(expected);
      terms += expected.size();
    }
    assertThat(index.stats().terms()).isEqualTo(terms);
    assertThat(index.stats().rows()).isEqualTo(rows.size());
    long[] row = new long[columns];
    rows.forEach(
        (ordinal, expected) -> {
          assertThat(index.row(ordinal, row)).isTrue();
          assertThat(row).isEqualTo(expected);
          assertThat(index.row(ordinal + 1, row)).isEqualTo(rows.containsKey(ordinal + 1));
        });
  }

  /** The terms of a field that have ordinals, asked for by their numbers. */
  private static Map<String, Long> byNumber(PostingIndex index, int field) {
    int[] ids = index.terms(field, Integer.MAX_VALUE);
    long[] cardinalities = new long[ids.length];
    index.cardinalities(ids, cardinalities);
    TreeMap<String, Long> found = new TreeMap<>();
    for (int i = 0; i < ids.length; i++) {
      String value = new String(index.termValue(ids[i]), StandardCharsets.UTF_8);
      if (cardinalities[i] > 0) {
        assertThat(found.put(value, cardinalities[i])).isNull();
      }
    }
    return found;
  }

  /** Random trees of set operations over the terms give what sorted sets give. */
  void checkAlgebra(PostingIndex index, Random random, int range) {
    for (int i = 0; i < 12; i++) {
      List<Postings> postings = new ArrayList<>();
      NavigableSet<Long> expected = tree(index, random, range, 3, postings);
      TermModel model = new TermModel(expected);
      model.check(postings.get(0), "tree " + i);
      model.probe(postings.get(0), random, range);
    }
  }

  private NavigableSet<Long> tree(
      PostingIndex index, Random random, int range, int depth, List<Postings> out) {
    int kind = depth == 0 ? random.nextInt(3) : random.nextInt(6);
    List<Postings> inner = new ArrayList<>();
    NavigableSet<Long> result;
    switch (kind) {
      case 0 -> {
        long from = random.nextInt(range);
        long to = Math.min(from + random.nextInt(1 + random.nextInt(150_000)), range);
        result = new TreeSet<>();
        for (long o = from; o < to; o++) {
          result.add(o);
        }
        out.add(Postings.range(from, to));
      }
      case 1, 2 -> {
        int field = random.nextInt(3);
        String value = "t" + random.nextInt(field == 2 ? 2_000 : 4);
        result = new TreeSet<>(term(field, value));
        out.add(index.term(field, value.getBytes(StandardCharsets.UTF_8)));
      }
      case 3 -> {
        result = tree(index, random, range, depth - 1, inner);
        for (int n = 1 + random.nextInt(3); n > 0; n--) {
          result.retainAll(tree(index, random, range, depth - 1, inner));
        }
        out.add(Postings.and(inner));
      }
      case 4 -> {
        result = tree(index, random, range, depth - 1, inner);
        for (int n = random.nextInt(3); n > 0; n--) {
          result.addAll(tree(index, random, range, depth - 1, inner));
        }
        out.add(Postings.or(inner));
      }
      default -> {
        result = tree(index, random, range, depth - 1, inner);
        result.removeAll(tree(index, random, range, depth - 1, inner));
        out.add(Postings.andNot(inner.get(0), inner.get(1)));
      }
    }
    return result;
  }
}
