# scripts/bench fanout, after Millrace's own functions; sourced, not run. The server has one core, the generator another.
REPORT=FanoutReport
SERVER=0 GENERATOR=1
peer='' rounds=3 warm=6 seconds=4
[ $quick = false ] || rounds=1 warm=3 seconds=3

stop_others() { [ -z "$peer" ] || "$HARNESS/peers.sh" stop; }

# Whether a peer can be started here; its README says what each needs.
there() {
  case $1 in
    floor*) [ -x "$PEERS/floor" ] ;;
    uws) [ -x "$PEERS/uws-server" ] ;;
    centrifuge) [ -x "$PEERS/centrifuge-server" ] ;;
    bun) [ -x "$PEERS/npm-fan/node_modules/.bin/bun" ] ;;
    node-ws) [ -d "$PEERS/npm-fan/node_modules/ws" ] ;;
    socketio) [ -d "$PEERS/npm-fan/node_modules/socket.io" ] && command -v redis-server >/dev/null ;;
    nats) command -v nats-server >/dev/null ;;
    netty-coalesce | vertx) [ -d "$PEERS/jars/java" ] ;;
  esac
}

generate() { taskset -c $GENERATOR timeout 120 "$PEERS/wsgen" --port "$PORT" -n 1000 --label "$@" >>"$OUT"; }

# Sixteen events under way, as many as come back; the generator looks at its sockets every millisecond.
saturated() {
  generate "$@" --mode closed -W 16 --lazy 1000 --warm $warm --secs $seconds --drain 0.5 || echo "$1 failed" >&2
}

# Events at their times, ever more of them, until one in a hundred is later than 100 ms; each rate has a second chance.
highest() {
  local label=$1 rate=100 again=''
  shift
  while generate "$label/rate/$rate" "$@" --mode open --rate $rate --warm 2 --secs 3 --drain 0.5; do
    if tail -1 "$OUT" | awk -F'[:,]' -v want=$((rate * 970)) '{
      for (i = 1; i < NF; i++) { if ($i == "\"p99_ms\"") late = $(i + 1); if ($i == "\"msgs_per_s\"") got = $(i + 1) }
      exit !(late < 100 && got > want) }'; then
      rate=$((rate * 14 / 10)) again=''
    elif [ -z "$again" ]; then
      again=yes
    else
      return 0
    fi
  done
}

millrace_args() {
  echo "--proto millrace --path /api/ws --pubpath /api/ws --channel bench --evtype bench:tick --token $TOKEN --pids $pid"
}

command -v taskset >/dev/null && [ "$(nproc)" -ge 2 ] || fail "A core for the server and one for the generator are needed."
[ -x "$PEERS/wsgen" ] || fail "There is no $PEERS/wsgen; $HARNESS/README.md says how to build it."
ulimit -n 20000 || fail "1,000 sockets on either side need more open files than this shell may have."
taskset -cp $GENERATOR $$ >/dev/null # all that is started here, but the servers
peers=''
for name in floor-coalesce floor bun uws netty-coalesce nats centrifuge vertx node-ws socketio; do
  if there $name; then peers="$peers $name"; else echo "Not measured: $name isn't in $PEERS" >&2; fi
done

for round in $(seq $rounds); do
  PORT=18080
  for peer in $peers; do
    echo "Round $round: $peer" >&2
    "$HARNESS/peers.sh" start "$peer"
    . "$PEERS/run/peer.env"
    saturated "$peer/saturated/$round" $ARGS --pids "$PIDS"
    case $round$peer in 1bun | 1uws | 1netty-coalesce) highest "$peer" $ARGS --pids "$PIDS" ;; esac
    "$HARNESS/peers.sh" stop
  done
  peer=''
  echo "Round $round: Millrace" >&2
  start_millrace taskset -c $SERVER
  # Twice: the first is what the just-in-time compilers see.
  saturated "warm/millrace/$round" $(millrace_args)
  saturated "millrace/saturated/$round" $(millrace_args)
  saturated "millrace-compact/saturated/$round" $(millrace_args) --subproto v1.compact.millrace
  [ "$round" != 1 ] || highest millrace $(millrace_args)
  [ "$round" = "$rounds" ] || stop_millrace
done

echo "Filtered subscriptions" >&2
measure benchmarks.load.FilteredLoad port="$PORT" token="$TOKEN" pid="$pid"
echo "The event-bus bridge" >&2
measure benchmarks.load.BridgeLoad port="$PORT" token="$TOKEN" pid="$pid"
stop_millrace
