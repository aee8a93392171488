#!/usr/bin/env bash
# Runs benches and keeps their raw results in bench/results.
#
#   bench/run.sh [short|long] [RUN ...]        default: short, all runs
#
# short: one fork, a few seconds a figure, 10,000 and 100,000 tasks; to see whether something moved.
# long:  three forks, also 1,000,000 tasks; to print a number. Leave the machine alone meanwhile.
#
# Each run exists for one question:
#   get         What does one task by id cost, with and without cache, beside two point reads and a decode?
#   insert      What does one new task cost, beside the same two keys in RocksDB alone?
#   bulk        What do 1,000 new tasks in one batch cost, each?
#   status      What does a change of status cost, alone and in batches of 1,000?
#   q1          What does the first page of one status cost, beside fetching an answer known before?
#   q2          What does the first page of the compound, ordered query cost, beside the same?
#   count       What does counting by status cost, beside a walk over all records?
#   scan        What does reading everything cost, whole and projected, beside an iterator?
#   load        Are the set targets met (load, filter, memory, cache, users)? One process per size.
#   query       What are the percentiles of queries, not only their means?
#   concurrent  Is an update ever lost with 2, 8 and 16 threads, and what does a reader wait?
#   stress      Is an answer ever wrong while everything happens at once? (long: five minutes)
#   trace       Does a real history of changes behave like the generated one? (needs QUARRY_TRACE=FILE)
#
# Environment: JAVA_HOME, BENCH_DIR (where stores are kept meanwhile), BENCH_JVM_ARGS (default
# "-Xms1g -Xmx2g"), QUARRY_TRACE.
# A result directory holds machine.txt (machine, versions, revision, load) and one JSON file per run.
set -euo pipefail
cd "$(dirname "$0")/.."

ALL="get insert bulk status q1 q2 count scan load query concurrent stress"
form=short
case "${1:-}" in
  short | long) form=$1; shift ;;
  -h | --help) sed -n '2,/^set /p' "$0" | sed '$d; s/^# \{0,1\}//'; exit 0 ;;
esac
runs=${*:-$ALL}
for run in $runs; do
  case " $ALL trace " in
    *" $run "*) ;;
    *) echo "no such run: $run; there are: $ALL trace" >&2; exit 2 ;;
  esac
done
if [[ " $runs " == *" trace "* && ! -f "${QUARRY_TRACE:-}" ]]; then
  echo "trace: QUARRY_TRACE must name the trace's file" >&2
  exit 2
fi

java=${JAVA_HOME:+$JAVA_HOME/bin/}java
version=$("$java" -XshowSettings:properties -version 2>&1 | sed -n 's/ *java.specification.version = //p')
read -r -a jvm_args <<<"${BENCH_JVM_ARGS:--Xms1g -Xmx2g}"
if ((version >= 24)); then
  jvm_args+=(--enable-native-access=ALL-UNNAMED)
fi
if [[ -n "${BENCH_DIR:-}" ]]; then
  mkdir -p "$BENCH_DIR"
  jvm_args+=("-Dquarry.bench.dir=$BENCH_DIR")
fi

mvn -q -B -pl index,cache,engine,bench compile \
  org.apache.maven.plugins:maven-dependency-plugin:3.11.0:build-classpath \
  -Dmdep.outputFile=target/classpath.txt -Dmdep.includeScope=runtime
classpath=bench/target/classes:$(cat bench/target/classpath.txt)

revision=$(git rev-parse --short=10 HEAD)
if [[ -n "$(git status --porcelain --untracked-files=no)" ]]; then
  revision+=-dirty
fi
results=bench/results/$(date -u +%Y%m%dT%H%M%SZ)-$revision-$form
mkdir -p "$results"
{
  echo "revision  $revision"
  echo "form      $form: $runs"
  echo "began     $(date -u +%FT%TZ), load $(cut -d' ' -f1-3 /proc/loadavg 2>/dev/null || echo unknown)"
  echo "cpu       $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo 2>/dev/null | sort | uniq -c | sed 's/^ *//')"
  echo "memory    $(sed -n 's/^MemTotal: *//p' /proc/meminfo 2>/dev/null)"
  echo "kernel    $(uname -s) $(uname -r | cut -d- -f1) $(uname -m)"
  echo "java      $("$java" -version 2>&1 | tail -1)"
  echo "jvm args  ${BENCH_JVM_ARGS:--Xms1g -Xmx2g}"
  for part in rocksdb chronicle-map agrona kryo caffeine jmh; do
    echo "$part  $(sed -n "s:.*<$part.version>\(.*\)</$part.version>.*:\1:p" pom.xml)"
  done
} >"$results/machine.txt"

if [[ $form == short ]]; then
  jmh_form=(-f 1 -wi 3 -w 1s -i 3 -r 1s -p tasks=10000,100000)
  sizes="1000 10000 100000"
  scale=0.2
else
  jmh_form=(-f 3 -wi 5 -w 2s -i 5 -r 2s)
  sizes="1000 10000 100000 1000000"
  scale=1
fi

# paths of this machine do not belong into results
tidy() {
  sed -i -e '/^ *"jvm" : /d' -e 's/\(-Dquarry.bench.dir=\)[^"]*/\1.../' "$1"
}

jmh() {
  local name=$1 bench=$2
  shift 2
  "$java" -cp "$classpath" org.openjdk.jmh.Main "\\.$bench\\." "${jmh_form[@]}" "$@" -prof gc \
    -jvmArgs "${jvm_args[*]}" -rf json -rff "$results/$name.json"
  tidy "$results/$name.json"
}

failed=0
bench() {
  local name=$1
  shift
  "$java" "${jvm_args[@]}" -cp "$classpath" dev.quarry.bench.BenchMain "$@" --json "$results/$name.json" \
    || { echo "$name: a target was missed" >&2; failed=1; }
}

for run in $runs; do
  case $run in
    get) jmh get GetBench ;;
    insert) jmh insert InsertBench -p cache=on ;;
    bulk) jmh bulk BulkInsertBench -p cache=on ;;
    status) jmh status StatusUpdateBench -p cache=on ;;
    q1) jmh q1 Q1Bench ;;
    q2) jmh q2 Q2Bench ;;
    count) jmh count CountByBench -p cache=on ;;
    scan) jmh scan ScanBench -p cache=on ;;
    load) for n in $sizes; do bench "load-$n" load --tasks "$n"; done ;;
    query) for n in $sizes; do bench "query-$n" query --tasks "$n"; done ;;
    concurrent) bench concurrent concurrent --threads 2,8,16 --duration 60 --time-scale "$scale" ;;
    stress) bench stress stress --tasks 100000 --duration 300 --time-scale "$scale" ;;
    trace) bench trace trace "$QUARRY_TRACE" ;;
  esac
done
echo "results in $results"
exit $failed
