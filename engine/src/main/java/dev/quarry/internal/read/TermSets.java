package dev.quarry.internal.read;

import dev.quarry.Priority;
import dev.quarry.Status;
import dev.quarry.index.PostingIndex;
import dev.quarry.index.Postings;
import dev.quarry.internal.codec.IndexedFields;
import dev.quarry.internal.index.IndexCatalog;
import dev.quarry.internal.index.Terms;
import dev.quarry.query.Condition;
import dev.quarry.query.EnumField;
import dev.quarry.query.Field;
import dev.quarry.query.TaskFields;
import dev.quarry.query.TextField;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** Turns conditions into combinations of live posting lists, where posting lists can tell. */
final class TermSets {
  /** Text ranges are answered from the terms only up to this many; beyond, from the rows. */
  private static final int MAX_RANGE_TERMS = 20_000;

  /** A union of more lists than this costs more than an intersection of two unions. */
  private static final int MAX_PAIRS = 6;

  private final PostingIndex index;
  private final IndexCatalog catalog;

  TermSets(PostingIndex index, IndexCatalog catalog) {
    this.index = index;
    this.catalog = catalog;
  }

  Postings all() {
    return index.term(Terms.EXISTS, Terms.EXISTS_TERM);
  }

  /** The set, or null; in the time of the deadline. */
  Postings of(Condition condition, Deadline deadline) {
    if (condition instanceof Condition.And and) {
      return and.parts().isEmpty() ? all() : and(and.parts(), deadline);
    } else if (condition instanceof Condition.Or or) {
      List<Postings> sets = ofAll(or.parts(), deadline);
      return sets == null ? null : Postings.or(sets);
    } else if (condition instanceof Condition.Not not) {
      Postings inner = of(not.part(), deadline);
      return inner == null ? null : Postings.andNot(all(), inner);
    } else if (condition instanceof Condition.Ready) {
      return index.term(Terms.READY, Terms.READY_TERM);
    } else if (condition instanceof Condition.IsNull isNull) {
      int number = Terms.fieldNumber(isNull.field(), catalog);
      return number < 0 ? null : index.term(number, Terms.termBytes(null));
    } else if (condition instanceof Condition.In in) {
      int number = Terms.fieldNumber(in.field(), catalog);
      if (number < 0) {
        return null;
      }
      List<Postings> sets = new ArrayList<>();
      for (Object value : in.values()) {
        sets.add(index.term(number, Terms.termBytes(value)));
      }
      return Postings.or(sets);
    }
    return compare((Condition.Compare) condition, deadline);
  }

  private Postings and(List<Condition> parts, Deadline deadline) {
    Postings pairs = pairs(parts);
    if (pairs == null) {
      List<Postings> sets = ofAll(parts, deadline);
      return sets == null ? null : Postings.and(sets);
    }
    List<Condition> others = new ArrayList<>();
    for (Condition part : parts) {
      if (!EnumParts.isAbout(TaskFields.STATUS, part)
          && !EnumParts.isAbout(TaskFields.PRIORITY, part)) {
        others.add(part);
      }
    }
    List<Postings> sets = ofAll(others, deadline);
    if (sets == null) {
      return null;
    }
    sets.add(pairs);
    return Postings.and(sets);
  }

  /** What the parts about status and priority say together, from the lists of both; or null. */
  private Postings pairs(List<Condition> parts) {
    if (!EnumParts.anyAbout(TaskFields.STATUS, parts)
        || !EnumParts.anyAbout(TaskFields.PRIORITY, parts)) {
      return null;
    }
    List<Enum<?>> statuses = EnumParts.admitted(TaskFields.STATUS, parts);
    List<Enum<?>> priorities = EnumParts.admitted(TaskFields.PRIORITY, parts);
    if (statuses.size() * priorities.size() > MAX_PAIRS) {
      return null;
    }
    List<Postings> pairs = new ArrayList<>();
    for (Enum<?> status : statuses) {
      for (Enum<?> priority : priorities) {
        pairs.add(
            index.term(Terms.STATUS_PRIORITY, Terms.pair((Status) status, (Priority) priority)));
      }
    }
    return Postings.or(pairs);
  }

  /** The sets of conditions, or null where one of them has none. */
  private List<Postings> ofAll(List<Condition> conditions, Deadline deadline) {
    List<Postings> sets = new ArrayList<>();
    for (Condition condition : conditions) {
      Postings set = of(condition, deadline);
      if (set == null) {
        return null;
      }
      sets.add(set);
    }
    return sets;
  }

  private Postings compare(Condition.Compare compare, Deadline deadline) {
    int number = Terms.fieldNumber(compare.field(), catalog);
    if (number < 0) {
      return null;
    }
    if (compare.op() == Condition.Op.EQ) {
      return index.term(number, Terms.termBytes(compare.value()));
    }
    if (compare.field() instanceof EnumField<?> field) {
      return enumRange(number, field, compare);
    }
    return textRange(number, compare, deadline);
  }

  private Postings enumRange(int number, EnumField<?> field, Condition.Compare compare) {
    int bound = ((Enum<?>) compare.value()).ordinal();
    List<Postings> sets = new ArrayList<>();
    for (Enum<?> constant : field.type().getEnumConstants()) {
      int o = constant.ordinal();
      boolean hit =
          switch (compare.op()) {
            case LT -> o < bound;
            case LE -> o <= bound;
            case GT -> o > bound;
            case GE -> o >= bound;
            case EQ, STARTS_WITH -> throw new IllegalStateException("not a range");
          };
      if (hit) {
        sets.add(index.term(number, Terms.termBytes(constant)));
      }
    }
    return Postings.or(sets);
  }

  private Postings textRange(int number, Condition.Compare compare, Deadline deadline) {
    Field<?> field = compare.field();
    if (!(field instanceof TextField) || TaskFields.isAttribute(field)) {
      return null;
    }
    Predicate<IndexedFields> holds = Predicates.compile(compare);
    List<Postings> sets = new ArrayList<>();
    int[] terms = {0};
    index.forEachTerm(
        number,
        (term, cardinality) -> {
          deadline.step();
          if (terms[0] > MAX_RANGE_TERMS) {
            return; // the rows will tell
          }
          Object value = Terms.termValue(field, term);
          if (value != null
              && ++terms[0] <= MAX_RANGE_TERMS
              && holds.test(IndexedFields.of(probe(field, (String) value)))) {
            sets.add(index.term(number, term));
          }
        });
    return terms[0] > MAX_RANGE_TERMS ? null : Postings.or(sets);
  }

  private static dev.quarry.Task probe(Field<?> field, String value) {
    dev.quarry.Task.Builder probe = dev.quarry.Task.builder("probe", "");
    if (field.equals(TaskFields.PROJECT)) {
      probe.project(value);
    } else if (field.equals(TaskFields.AGENT)) {
      probe.agent(value);
    } else {
      probe.assignee(value);
    }
    return probe.build();
  }
}
