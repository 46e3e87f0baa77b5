# scripts/bench curve, after Millrace's own functions; sourced, not run. The server has one core, the generator another.
# FORMAT=compact: Millrace's messages are compact.
REPORT=CurveReport
SERVER=0 GENERATOR=1
peer='' rounds=3 seconds=4 rates=(50 100 200 300 400 700 1400 2800 6000)
[ $quick = false ] || rounds=1 seconds=3 rates=(50 200 400 1400 6000)

stop_others() {
  [ -z "$peer" ] || "$HARNESS/peers.sh" stop
  neighbour_ends
}

# Somebody else on the machine, who takes a quarter of it: half of the time one core, whichever is given to it.
neighbour=''
neighbour_begins() {
  "$JAVA" -XX:+UseSerialGC -cp "$TARGET/classes" io.millrace.benchmarks.load.Neighbour "$(nproc)" & neighbour=$!
}
neighbour_ends() {
  [ -n "$neighbour" ] || return 0
  kill "$neighbour" && wait "$neighbour" || true # it ends by the signal
  neighbour=''
}

# One rate after another, the same for each server: events at their times, however late the answers are.
rates() {
  local label=$1 rate
  shift
  taskset -c $GENERATOR timeout 60 "$PEERS/wsgen" --port "$PORT" -n 1000 --label "warm/$label" "$@" \
    --mode open --rate 200 --warm 2 --secs 6 >>"$OUT"
  for rate in "${rates[@]}"; do
    taskset -c $GENERATOR timeout 60 "$PEERS/wsgen" --port "$PORT" -n 1000 --label "$label/$rate" "$@" \
      --mode open --rate "$rate" --warm 1 --secs $seconds --drain 0.5 >>"$OUT" || echo "$label/$rate failed" >&2
  done
}

quiet_and_busy() {
  rates "$1/quiet" "${@:2}"
  neighbour_begins
  rates "$1/busy" "${@:2}"
  neighbour_ends
}

command -v taskset >/dev/null && [ "$(nproc)" -ge 2 ] || fail "A core for the server and one for the generator are needed."
[ -x "$PEERS/wsgen" ] || fail "There is no $PEERS/wsgen; $HARNESS/README.md says how to build it."
ulimit -n 20000 || fail "1,000 sockets on either side need more open files than this shell may have."
[ -x "$PEERS/npm-fan/node_modules/.bin/bun" ] || echo "Millrace alone is measured: bun isn't in $PEERS" >&2
for round in $(seq $rounds); do
  if [ -x "$PEERS/npm-fan/node_modules/.bin/bun" ]; then
    echo "Round $round: Bun" >&2
    peer=bun PORT=18080
    "$HARNESS/peers.sh" start bun
    . "$PEERS/run/peer.env"
    quiet_and_busy bun $ARGS --pids "$PIDS"
    "$HARNESS/peers.sh" stop
    peer=''
  fi
  echo "Round $round: Millrace" >&2
  start_millrace taskset -c $SERVER
  quiet_and_busy millrace --proto millrace --path /api/ws --pubpath /api/ws --channel bench --evtype bench:tick \
    --token "$TOKEN" --pids "$pid" ${FORMAT:+--subproto "v1.$FORMAT.millrace"}
  stop_millrace
done
