package dev.quarry.index;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.ref.Reference;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.agrona.BufferUtil;
import org.agrona.UnsafeApi;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The dictionary of terms, held against a plain list. */
final class TermDirectoryTest {
  private static final int SMALLEST = 1_024;
  private static final int[] FIELDS = {0, 1, 63, 64, 127, 128, 65_535};

  @TempDir Path directory;

  private EntrySpace space;
  private TermDirectory terms;

  /** A term as it was interned; its number is its place, from 1. */
  private static final class Term {
    final int field;
    final byte[] value;

    Term(int field, byte[] value) {
      this.field = field;
      this.value = value;
    }
  }

  private final List<Term> model = new ArrayList<>();

  @BeforeEach
  void open() {
    space = TestSpace.ofContainers(directory, 20_000);
    terms = new TermDirectory(space);
  }

  @AfterEach
  void close() {
    space.close();
  }

  private long intern(int field, byte[] value) {
    byte[] around = new byte[value.length + 5];
    Arrays.fill(around, (byte) 9);
    System.arraycopy(value, 0, around, 2, value.length);
    long record = terms.intern(field, around, 2, value.length);
    if (TermDirectory.termId(record) > model.size()) {
      model.add(new Term(field, value));
    }
    return record;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static void check(TermDirectory terms, List<Term> model) {
    assertThat(terms.count()).isEqualTo(model.size());
    for (int id = 1; id <= model.size(); id++) {
      Term term = model.get(id - 1);
      long record = terms.find(term.field, term.value, 0, term.value.length);
      if (record == 0
          || record != terms.byId(id)
          || TermDirectory.termId(record) != id
          || !Arrays.equals(TermDirectory.value(record), term.value)) {
        throw new AssertionError("term " + id + " is not there");
      }
    }
    for (int id : new int[] {Integer.MIN_VALUE, -1, 0, model.size() + 1, 1 << 20}) {
      assertThat(terms.byId(id)).as("term %d", id).isZero();
    }
  }

  /** The numbers of a field's terms, newest first. */
  private static int[] ofField(List<Term> model, int field) {
    List<Integer> ids = new ArrayList<>();
    for (int id = model.size(); id > 0; id--) {
      if (model.get(id - 1).field == field) {
        ids.add(id);
      }
    }
    return ids.stream().mapToInt(Integer::intValue).toArray();
  }

  @Test
  void terms_are_found_by_value_by_number_and_by_field_while_the_table_grows() {
    Random random = new Random(1);
    for (int i = 0; i < 1_500; i++) {
      int field = FIELDS[random.nextInt(1 + i * FIELDS.length / 1_500)];
      byte[] value = new byte[3 + random.nextInt(40)];
      random.nextBytes(value);
      long record = intern(field, value);
      assertThat(intern(field, value)).isEqualTo(record);
      assertThat(model.get(model.size() - 1).value).isEqualTo(value);
      assertThat(terms.lastOfField(field)).isEqualTo(TermDirectory.termId(record));
      if (i % 250 == 0) {
        check(terms, model);
      }
    }
    check(terms, model);
    for (int field : FIELDS) {
      int[] expected = ofField(model, field);
      assertThat(expected).hasSizeGreaterThan(20);
      assertThat(terms.ofField(field, Integer.MAX_VALUE)).isEqualTo(expected);
      assertThat(terms.ofField(field, 17)).isEqualTo(Arrays.copyOf(expected, 17));
      for (int i = 0; i < expected.length; i++) {
        int older = i + 1 < expected.length ? expected[i + 1] : 0;
        assertThat(TermDirectory.previous(terms.byId(expected[i]))).isEqualTo(older);
      }
    }
    for (int field : new int[] {-1, 2, 65, 65_536, 1 << 20}) {
      assertThat(terms.lastOfField(field)).isZero();
      assertThat(terms.ofField(field, Integer.MAX_VALUE)).isEmpty();
      assertThat(terms.find(field, bytes("x"), 0, 1)).isZero();
    }
  }

  private int last(int field) {
    int[] ids = ofField(model, field);
    return ids.length == 0 ? 0 : ids[0];
  }

  @Test
  void aFieldWithAsManyTermsAsAnArrayFirstTakesHasNoMore() {
    for (int n = 1; n <= 33; n++) {
      intern(3, bytes("t" + n));
      assertThat(terms.ofField(3, Integer.MAX_VALUE)).isEqualTo(ofField(model, 3));
    }
  }

  @Test
  void fields_beyond_those_of_before_do_not_lose_them() {
    for (int field : new int[] {0, 63, 64, 65, 127, 128, 200, 255, 256, 65_535, 1}) {
      intern(field, bytes("f"));
      model.forEach(term -> assertThat(terms.lastOfField(term.field)).isEqualTo(last(term.field)));
    }
  }

  private static long one(long h, long word) {
    return Hash.mix(h ^ word);
  }

  private static long start(int field, int length) {
    return Hash.mix(field * 0x9E3779B97F4A7C15L + length);
  }

  private static byte[] words(long... words) {
    byte[] bytes = new byte[Long.BYTES * words.length];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (words[i / Long.BYTES] >>> (8 * (i % Long.BYTES)));
    }
    return bytes;
  }

  /** The same hash for another field, another length, another value: they are three terms. */
  @Test
  void terms_of_one_hash_are_told_apart() {
    long word = 0x1234_5678_9ABC_DEF0L;
    byte[] value = words(word);
    byte[] inOther = words(word ^ start(7, 8) ^ start(8, 8));
    byte[] longer = words(word, one(start(7, 16), word) ^ start(7, 8) ^ word);
    byte[] pair = words(5, 6);
    byte[] likePair = words(9, 6 ^ one(start(7, 16), 5) ^ one(start(7, 16), 9));
    long hash = Hash.term(7, value, 0, 8);
    assertThat(Hash.term(8, inOther, 0, 8)).isEqualTo(hash);
    assertThat(Hash.term(7, longer, 0, 16)).isEqualTo(hash);
    assertThat(Hash.term(7, likePair, 0, 16)).isEqualTo(Hash.term(7, pair, 0, 16));
    intern(7, value);
    assertThat(terms.find(8, inOther, 0, 8)).isZero();
    assertThat(terms.find(7, longer, 0, 16)).isZero();
    intern(8, inOther);
    intern(7, longer);
    intern(7, pair);
    assertThat(terms.find(7, likePair, 0, 16)).isZero();
    intern(7, likePair);
    assertThat(model).hasSize(5);
    check(terms, model);
  }

  @Test
  void places_at_the_end_of_the_table_go_on_at_its_beginning() {
    for (int i = 0; model.size() < 5; i++) {
      byte[] value = words(i);
      if ((Hash.term(1, value, 0, 8) & (SMALLEST - 1)) == SMALLEST - 1) {
        assertThat(terms.find(1, value, 0, 8)).isZero();
        intern(1, value);
      }
    }
    check(terms, model);
  }

  @Test
  void a_table_is_at_most_half_full() {
    for (int n = 1; n <= 511; n++) {
      intern(1, bytes("t" + n));
    }
    assertThat(terms.bytes()).isEqualTo(24L * SMALLEST);
    intern(1, bytes("t512"));
    assertThat(terms.bytes()).isEqualTo(48L * SMALLEST);
    check(terms, model);
    assertThat(terms.byId(2 * SMALLEST)).isZero();
    assertThat(terms.byId(2 * SMALLEST - 1)).isZero();
  }

  @Test
  void cardinalities_are_counted_and_so_are_the_terms_that_have_any() {
    long a = intern(1, bytes("a"));
    long b = intern(1, bytes("b"));
    assertThat(TermDirectory.cardinality(a)).isZero();
    assertThat(terms.withOrdinals()).isZero();
    terms.addCardinality(a, 3);
    assertThat(terms.withOrdinals()).isEqualTo(1);
    terms.addCardinality(b, 1);
    assertThat(terms.withOrdinals()).isEqualTo(2);
    terms.addCardinality(a, -1);
    terms.addCardinality(a, 5);
    assertThat(terms.withOrdinals()).isEqualTo(2);
    terms.addCardinality(b, -1);
    assertThat(terms.withOrdinals()).isEqualTo(1);
    terms.addCardinality(b, 0);
    assertThat(terms.withOrdinals()).isEqualTo(1);
    long[] found = {9, 9, 9, 9};
    terms.cardinalities(new int[] {2, 1, 77, 0}, found);
    assertThat(found).containsExactly(0, 7, 0, 0);
  }

  @Test
  void the_span_of_blocks_only_widens() {
    long record = intern(1, bytes("a"));
    assertThat(TermDirectory.maxBlock(record)).isEqualTo(-1);
    int[][] steps = {{5, 5, 5}, {5, 5, 5}, {7, 5, 7}, {6, 5, 7}, {2, 2, 7}, {0, 0, 7}, {9, 0, 9}};
    for (int[] step : steps) {
      TermDirectory.widen(record, step[0]);
      assertThat(TermDirectory.minBlock(record)).isEqualTo(step[1]);
      assertThat(TermDirectory.maxBlock(record)).isEqualTo(step[2]);
    }
    long first = intern(1, bytes("b"));
    TermDirectory.widen(first, 0);
    assertThat(TermDirectory.maxBlock(first)).isZero();
    TermDirectory.widen(first, 3);
    assertThat(TermDirectory.minBlock(first)).isZero();
  }

  /** One entry, as a file gives it back. */
  private record Found(long key, long address, long bytes) {}

  private List<Found> found() {
    List<Found> found = new ArrayList<>();
    space.forEach((key, address, bytes) -> found.add(new Found(key, address, bytes)));
    return found;
  }

  private boolean adopted(TermDirectory other, long key, long bytes, long address) {
    return other.adopt(key, address, bytes, space.entries());
  }

  @Test
  void records_are_taken_over_in_any_order() {
    intern(2, bytes("")); // a value can be of no byte
    for (int n = 1; n <= 600; n++) {
      long record = intern(n % 3, bytes("t" + n));
      terms.addCardinality(record, n);
    }
    List<Found> found = found();
    Collections.shuffle(found, new Random(3));
    TermDirectory other = new TermDirectory(space);
    for (Found entry : found) {
      assertThat(adopted(other, entry.key, entry.bytes, entry.address)).isTrue();
    }
    check(other, model);
    assertThat(other.withOrdinals()).isZero();
    for (int field = 0; field < 3; field++) {
      int[] ids = other.ofField(field, Integer.MAX_VALUE);
      Arrays.sort(ids);
      int[] expected = ofField(model, field);
      Arrays.sort(expected);
      assertThat(ids).isEqualTo(expected);
    }
    for (int id = 1; id <= 600; id++) {
      assertThat(TermDirectory.cardinality(other.byId(id))).as("counted anew").isZero();
    }
  }

  @Test
  void a_record_whose_number_is_high_gets_a_table_that_holds_it() {
    for (int n = 1; n <= 1_025; n++) {
      intern(1, bytes("t" + n));
    }
    List<Found> found = found();
    for (int[] step : new int[][] {{511, 1}, {512, 2}, {1_023, 2}, {1_024, 4}, {1_025, 4}}) {
      TermDirectory other = new TermDirectory(space);
      for (Found entry : found) {
        if (entry.key >>> 32 == step[0]) {
          assertThat(adopted(other, entry.key, entry.bytes, entry.address)).isTrue();
        }
      }
      assertThat(other.bytes()).as("for term %d", step[0]).isEqualTo(24L * SMALLEST * step[1]);
      assertThat(other.byId(step[0])).isNotZero();
      assertThat(other.count()).isEqualTo(1);
    }
  }

  private static final int TERM_ID = 8;
  private static final int FIELD = 12;
  private static final int LENGTH = 24;

  /** One defect at a time. */
  @Test
  void what_can_be_no_record_is_not_taken_over() {
    long record = intern(2, bytes("abc"));
    intern(2, bytes(""));
    Found found = found().stream().filter(f -> f.address == record).findFirst().orElseThrow();
    assertThat(found.bytes).isEqualTo(TermDirectory.BYTES + 3);
    TermDirectory other = new TermDirectory(space);
    assertThat(adopted(other, found.key, found.bytes - 1, found.address)).isFalse();
    assertThat(adopted(other, found.key, found.bytes + 1, found.address)).isFalse();
    assertThat(adopted(other, found.key + (1L << 32), found.bytes, found.address)).isFalse();
    refused(other, found, FIELD, -1);
    refused(other, found, FIELD, Limits.FIELDS);
    refused(other, found, TERM_ID, 2);
    for (int length : new int[] {-1, -TermDirectory.BYTES}) {
      UnsafeApi.putInt(record + LENGTH, length);
      assertThat(other.adopt(found.key, record, TermDirectory.BYTES + length, 2)).isFalse();
      UnsafeApi.putInt(record + LENGTH, 3);
    }
    for (int id : new int[] {0, -1, 3, 1 << 20, 1 << 30, Integer.MAX_VALUE}) {
      UnsafeApi.putInt(record + TERM_ID, id);
      long key = (id & 0xFFFF_FFFFL) << 32 | TermDirectory.RECORD;
      assertThat(adopted(other, key, found.bytes, record)).as("number %d of two", id).isFalse();
    }
    UnsafeApi.putInt(record + TERM_ID, 1);
    assertThat(other.count()).isZero();
    UnsafeApi.putInt(record + FIELD, Limits.FIELDS - 1);
    assertThat(adopted(other, found.key, found.bytes, found.address)).isTrue();
    assertThat(adopted(other, found.key, found.bytes, found.address)).as("twice").isFalse();
    assertThat(other.count()).isEqualTo(1);
    assertThat(other.lastOfField(Limits.FIELDS - 1)).isEqualTo(1);
  }

  private void refused(TermDirectory other, Found found, int at, int wrong) {
    int right = UnsafeApi.getInt(found.address + at);
    UnsafeApi.putInt(found.address + at, wrong);
    assertThat(adopted(other, found.key, found.bytes, found.address)).isFalse();
    UnsafeApi.putInt(found.address + at, right);
  }

  /** A list made up by somebody may end an entry where the file ends. */
  @Test
  void an_entry_too_short_for_a_record_is_not_looked_into() throws IOException {
    Path file = directory.resolve("short");
    try (FileChannel channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      MappedByteBuffer memory = channel.map(FileChannel.MapMode.READ_WRITE, 0, 2 << 16);
      channel.truncate(1 << 16); // what lies behind cannot be read
      long end = BufferUtil.address(memory) + (1 << 16);
      try {
        for (int bytes : new int[] {0, 8, 24}) {
          assertThat(terms.adopt(1L << 32 | TermDirectory.RECORD, end - bytes, bytes, 1)).isFalse();
        }
      } finally {
        Reference.reachabilityFence(memory);
      }
    }
  }
}
