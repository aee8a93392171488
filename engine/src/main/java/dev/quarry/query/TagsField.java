package dev.quarry.query;

import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.stream.Collectors;

/** The tags of a task: a field with any number of values. {@code isNull} means no tags. */
public final class TagsField extends Field<String> {
  TagsField(String name) {
    super(name);
  }

  @Override
  public boolean isOrderable() {
    return false;
  }

  /** Has this tag. */
  public Condition contains(String tag) {
    return new Condition.Compare(this, Condition.Op.EQ, tag);
  }

  /** Has at least one of these; never true for none. */
  public Condition containsAny(String... tags) {
    return new Condition.In(this, new LinkedHashSet<>(Arrays.asList(tags)));
  }

  /** Has every one of these; true for none. */
  public Condition containsAll(String... tags) {
    return new Condition.And(Arrays.stream(tags).map(this::contains).collect(Collectors.toList()));
  }

  /** Has none of these; true for none. */
  public Condition containsNone(String... tags) {
    return new Condition.Not(containsAny(tags));
  }
}
