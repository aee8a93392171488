package dev.quarry.internal.read;

import dev.quarry.internal.index.IndexCatalog;
import dev.quarry.query.Condition;
import dev.quarry.query.QueryPlan;
import java.util.function.Supplier;

/**
 * How a query is to be answered.
 *
 * @param access what drives it
 * @param label names the driver, for {@code explain} only
 * @param members condition that posting lists decide, or null for none
 * @param residual condition that rows or records decide, or null for none
 * @param index the ordered index walked, or null
 * @param keyPrefix bytes of the index's parts that equalities fix, without its number, or null
 * @param lower first key of the walk, or null
 * @param upper key behind the walk, or null
 * @param reverse whether the walk goes backwards
 * @param ordered whether the access delivers the wanted order
 * @param estimate tasks expected to satisfy {@code members}
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Plan(
    QueryPlan.Access access,
    Supplier<String> label,
    Condition members,
    Condition residual,
    IndexCatalog.Entry index,
    byte[] keyPrefix,
    byte[] lower,
    byte[] upper,
    boolean reverse,
    boolean ordered,
    long estimate) {}
