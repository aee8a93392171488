#!/usr/bin/env bash
# Runs benches and keeps their raw results in bench/results.
#
#   bench/run.sh [short|long] [RUN ...]        default: short, all runs
#   bench/run.sh peers [--tasks N[,N ...]] [--huge] [--rounds R] [OPTION of "bench peers" ...]
#   bench/run.sh report DIR
#
# The second line is the one command for the whole table of targets P1 to P16. It measures Quarry
# beside every other store: at 100,000 tasks in three rounds (20 minutes at most), at 1,000,000 in
# two, the products of others in one (35 minutes at most), then opening, memory and compression
# (about 8 minutes). It makes report.md, its plots and the section of docs/performance.md. A store
# that cannot load in the time that it has (90 s, 180 s) is given up, and the table says so; one that
# runs out of memory or hangs has failed, and the exit code says so, too; stopped
# in the middle, it leaves what is done, and "report" makes the tables of that. --huge adds Quarry
# alone at 10,000,000 tasks, and a scan and an export of them with 64 MB of heap: hours, and 30 GB
# of disk.
#
# short: one fork, a few seconds a figure, 10,000 and 100,000 tasks; to see whether something moved.
# long:  three forks, also 1,000,000 tasks; to print a number. Leave the machine alone meanwhile.
#
# Each run exists for one question:
#   get         What does one task by id cost, with and without cache, beside two point reads and a decode?
#   getall      What do 1,000 tasks by id cost in one call, and one by one, beside the same reads?
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
#   statusof    What does the status of a task cost, without decoding it, beside one point read?
#   readers     What do readers wait for a writer at full speed, and for each other? (p99.9)
#   ready       What does the first page of ready tasks cost, and how many there are?
#   next        What does a worker pay for taking its next task and giving it back?
#   close       How long does closing 100 tasks take, one by one and in one commit?
#   shapes      How long do four shapes of 10,000 dependent tasks take, from adding to done?
#   million     Do ready, next and the four shapes hold at 1,000,000 tasks? One shot each; not in "all"
#   cancel      How long does a job go on after it was cancelled, and a query of 10 ms? Not in "all"
#   feed        How soon does a change reach 1,000 subscribers at 1,000 changes a second?
#   ramp        Do 1,000 users who come in stages keep p95 and p99 below the limits? (long: 24 min)
#   endurance   Do p99, memory and open files stay flat over time? (long: 30 minutes)
#   memory      Do load, scan and queries get by with 64 MB of heap?
#   io          Do synced writes, compactions and scans bear each other?
#   open        How long does opening take, clean and after a kill, and a one-shot "show"?
#   compression What would other compressions cost in bytes and reads?
#   accept      Are all targets of the source documents met?
#   peers       Where does Quarry stand beside raw RocksDB, a hand-written store and the others?
#   trace       Does a real history of changes behave like the generated one? (needs QUARRY_TRACE=FILE)
#
# Environment: JAVA_HOME, BENCH_DIR (where stores are kept meanwhile), BENCH_JVM_ARGS (default
# "-Xms1g -Xmx2g"), QUARRY_TRACE.
# Ctrl-C, or a kill of this script, ends all that it has started; what is done stays.
# A result directory holds machine.txt (machine, versions, revision, load, and what of the processors'
# time other virtual machines had during each run) and one JSON file per run.
set -euo pipefail
cd "$(dirname "$0")/.."

ALL="get getall insert bulk status q1 q2 count scan statusof readers ready next close shapes feed
  load query concurrent stress ramp endurance memory io open compression accept"
ONLY_BY_NAME="million cancel peers trace"
form=short
peers_sizes=100000,1000000
peers_options=()
huge=
case "${1:-}" in
  short | long) form=$1; shift ;;
  peers)
    shift
    while (($#)); do
      case $1 in
        --tasks) peers_sizes=${2:?--tasks needs a number}; shift 2 ;;
        --huge) huge=yes; shift ;;
        --tasks=*) peers_sizes=${1#--tasks=}; shift ;;
        *) peers_options+=("$1"); shift ;;
      esac
    done
    form=peers
    set -- peers
    ;;
  report)
    [[ -d "${2:-}" ]] || { echo "report: name a results directory" >&2; exit 2; }
    form=report
    report_directory=$(cd "$2" && pwd)
    set --
    ;;
  -h | --help) sed -n '2,/^set /p' "$0" | sed '$d; s/^# \{0,1\}//'; exit 0 ;;
esac
runs=${*:-$ALL}
for run in $runs; do
  case " ${ALL//$'\n'/ } $ONLY_BY_NAME " in
    *" $run "*) ;;
    *) echo "no such run: $run; there are:" ${ALL} ${ONLY_BY_NAME} >&2; exit 2 ;;
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

# the other stores are on the class path only where they are measured
profile=()
output=bench/target/classes
if [[ " $runs " == *" peers "* && $form != report ]]; then
  profile=(-Ppeers)
  output=bench/target/peers/classes
fi
# What a one-shot call and an export are measured with; its first start builds it where it is stale.
tool=()
exporter=()
if [[ $form != report && ( " $runs " == *" peers "* || " $runs " == *" open "* ) ]]; then
  if ./quarry version >/dev/null; then
    tool=(--tool "$PWD/quarry")
    exporter=(--tool "$PWD/tools/target/quarry.jar")
  else
    echo "the tool cannot be built; \"show\" and exports are not measured" >&2
  fi
fi

mvn -q -B ${profile[@]+"${profile[@]}"} -pl index,cache,engine,bench compile \
  org.apache.maven.plugins:maven-dependency-plugin:3.11.0:build-classpath \
  -Dmdep.outputFile=target/classpath.txt -Dmdep.includeScope=runtime
classpath=$PWD/$output:$(cat bench/target/classpath.txt)

if [[ $form == report ]]; then
  exec "$java" -cp "$classpath" dev.quarry.bench.BenchMain report "$report_directory" \
    --into docs/performance.md
fi
revision=$(git rev-parse --short=10 HEAD)
if [[ -n "$(git status --porcelain --untracked-files=no)" ]]; then
  revision+=-dirty
fi
jvm_args+=("-Dquarry.bench.revision=$revision")
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
  parts="rocksdb chronicle-map agrona kryo caffeine jmh"
  if [[ ${#profile[@]} -gt 0 ]]; then
    parts+=" sqlite-jdbc h2 nitrite mapdb lmdbjava eclipse-store"
  fi
  for part in $parts; do
    echo "$part  $(sed -n "s:.*<$part.version>\(.*\)</$part.version>.*:\1:p" pom.xml)"
  done
} >"$results/machine.txt"

if [[ $form == short ]]; then
  jmh_form=(-f 1 -wi 3 -w 1s -i 3 -r 1s -p tasks=10000,100000)
  shots_form=(-f 1 -wi 10 -i 20 -p tasks=10000,100000)
  sizes="1000 10000 100000"
  scale=0.2
  ramp_scale=0.01
  memory_sizes="10000 100000"
  tasks=100000
else
  jmh_form=(-f 3 -wi 5 -w 2s -i 5 -r 2s)
  shots_form=(-f 3 -wi 10 -i 20)
  sizes="1000 10000 100000 1000000"
  scale=1
  ramp_scale=1
  memory_sizes="10000 1000000 10000000"
  tasks=1000000
fi

# Ended before it is done (Ctrl-C, kill), this ends what it has started and what those have: they
# take their stores along, and would measure on for nobody.
child=
end_tree() {
  local pid
  for pid in $(pgrep -P "$1"); do end_tree "$pid"; done
  kill "$1" 2>/dev/null || true
}
end() {
  trap - INT TERM HUP
  if [[ -n $child ]]; then
    end_tree "$child"
    wait "$child" || true
  fi
  echo "ended; results so far in $results" >&2
  exit 130
}
trap end INT TERM HUP

# Keeps the percentage of the processors' time since the last call that other virtual machines had.
all_before=0
stolen_before=0
stolen() {
  local user nice system idle wait irq soft steal _
  [[ -r /proc/stat ]] || return 0
  read -r _ user nice system idle wait irq soft steal _ </proc/stat
  local all=$((user + nice + system + idle + wait + irq + soft + steal))
  if [[ $# -gt 0 && $all -gt $all_before ]]; then
    echo "stolen    $1: $((100 * (steal - stolen_before) / (all - all_before))) %" >>"$results/machine.txt"
  fi
  all_before=$all
  stolen_before=$steal
}
# a shell looks at signals only between commands, unless it waits
run() {
  local code=0
  "$@" &
  child=$!
  wait "$child" || code=$?
  child=
  return "$code"
}

# paths of this machine do not belong into results
tidy() {
  sed -i -e '/^ *"jvm" : /d' -e 's/\(-Dquarry.bench.dir=\)[^"]*/\1.../' "$1"
}

jmh() {
  local name=$1 bench=$2
  shift 2
  run "$java" -cp "$classpath" org.openjdk.jmh.Main "\\.$bench\\." "${jmh_form[@]}" "$@" -prof gc \
    -jvmArgs "${jvm_args[*]}" -rf json -rff "$results/$name.json"
  tidy "$results/$name.json"
}

failed=0
bench() {
  local name=$1
  shift
  run "$java" "${jvm_args[@]}" -cp "$classpath" dev.quarry.bench.BenchMain "$@" --json "$results/$name.json" \
    || { echo "$name: a target was missed, or it failed" >&2; failed=1; }
}

report() {
  "$java" -cp "$classpath" dev.quarry.bench.BenchMain report "$results" "$@"
}

# beside N [OPTION VALUE ...]: all stores at N tasks; an option of the caller's stands
beside() {
  local n=$1 given=" ${peers_options[*]-} " options=()
  shift
  if ((n > 100000)); then
    # the heap that the one store needs which keeps all its tasks there; the same for all
    set -- "$@" --rounds 2 --other-rounds 1 --load-budget 180 --within 1800 --limit 480 --heap 4g
  else
    set -- "$@" --rounds 3 --load-budget 90 --within 1080 --limit 300
  fi
  while (($#)); do
    if [[ $given != *" $1 "* && $given != *" $1="* && " ${options[*]-} " != *" $1 "* ]]; then
      options+=("$1" "$2")
    fi
    shift 2
  done
  bench "summary-$n" peers --tasks "$n" --out "$results" "${options[@]}" \
    ${peers_options[@]+"${peers_options[@]}"}
  report
}

stolen
for run in $runs; do
  case $run in
    get) jmh get GetBench ;;
    getall) jmh getall GetAllBench ;;
    insert) jmh insert InsertBench -p cache=on ;;
    bulk) jmh bulk BulkInsertBench -p cache=on ;;
    status) jmh status StatusUpdateBench -p cache=on ;;
    q1) jmh q1 Q1Bench ;;
    q2) jmh q2 Q2Bench ;;
    count) jmh count CountByBench -p cache=on ;;
    scan) jmh scan ScanBench -p cache=on ;;
    statusof) jmh statusof StatusOfBench -p cache=off ;;
    readers) jmh readers ReadersBench -p cache=on ;;
    ready) jmh ready ReadyBench ;;
    next) jmh next ClaimNextBench ;;
    close)
      # each shot is the closing of 100, not a time; the form's number of them is too few
      close() { jmh_form=("${shots_form[@]}") && jmh close CloseBench; }
      run close
      ;;
    shapes)
      # each shot is a whole graph of 10,000, as others publish it
      shot=("${jmh_form[@]/tasks=*/tasks=10000}")
      shapes() { jmh_form=("${shot[@]}") && jmh shapes ShapesBench; }
      run shapes
      ;;
    million)
      # each with the tasks in place of the form's; the graph and its one commit want more heap
      million() {
        [[ -n "${BENCH_JVM_ARGS:-}" ]] || jvm_args+=(-Xmx3g)
        jmh_form=(-f 1 -wi 1 -w 1s -i 1 -r 5s -p tasks=1000000)
        jmh ready-1000000 ReadyBench
        jmh next-1000000 ClaimNextBench
        jmh_form=(-f 1 -wi 0 -i 1 -p tasks=1000000)
        jmh shapes-1000000 ShapesBench
      }
      run million
      ;;
    cancel)
      cancel() { jmh_form=(-f 1) && jmh cancel CancelBench && jmh deadline DeadlineBench; }
      run cancel
      ;;
    feed) bench feed feed --time-scale "$scale" ;;
    load) for n in $sizes; do bench "load-$n" load --tasks "$n"; done ;;
    query) for n in $sizes; do bench "query-$n" query --tasks "$n"; done ;;
    concurrent) bench concurrent concurrent --threads 2,8,16 --duration 60 --time-scale "$scale" ;;
    stress) bench stress stress --tasks 100000 --duration 300 --time-scale "$scale" ;;
    ramp) bench ramp ramp --tasks 100000 --time-scale "$ramp_scale" ;;
    endurance)
      # What is resident beyond the heap is native memory only if all of the heap is resident.
      endurance() {
        failed=0
        [[ -n "${BENCH_JVM_ARGS:-}" ]] || jvm_args+=(-Xms2g -XX:+AlwaysPreTouch)
        echo "jvm args of endurance  ${jvm_args[*]}" >>"$results/machine.txt"
        bench endurance endurance --tasks 100000 --time-scale "$ramp_scale"
        return "$failed"
      }
      run endurance || failed=1
      ;;
    memory) for n in $memory_sizes; do bench "memory-$n" memory --tasks "$n"; done ;;
    io) bench io io --tasks 100000 --time-scale "$scale" ;;
    open) bench "open-$tasks" open --tasks "$tasks" ${tool[@]+"${tool[@]}"} ;;
    accept) bench accept accept --time-scale "$scale" ;;
    compression) bench "compression-$tasks" compression --tasks "$tasks" ;;
    peers)
      last=
      for n in ${peers_sizes//,/ }; do
        beside "$n"
        last=$n
      done
      if [[ $form == peers ]]; then
        bench "open-$last" open --tasks "$last" ${tool[@]+"${tool[@]}"}
        bench compression-100000 compression --tasks 100000
        bench memory-10000 memory --tasks 10000
        bench memory-10000-lean memory --tasks 10000 --lean
        if ((last >= 1000000)); then
          bench memory-1000000 memory --tasks 1000000 ${exporter[@]+"${exporter[@]}"}
        fi
        if [[ -n $huge ]]; then
          beside 10000000 --peers quarry --rounds 1 --heap 8g --load-budget 7200 --limit 14400
          bench memory-10000000 memory --tasks 10000000 --limit 14400 \
            ${exporter[@]+"${exporter[@]}"}
        fi
      fi
      report --into docs/performance.md
      ;;
    trace) bench trace trace "$QUARRY_TRACE" ;;
  esac
  stolen "$run"
done
echo "results in $results"
exit $failed
