# scripts/bench kpis, after Millrace's own functions; sourced, not run. The server has one core, the load the other.
REPORT=KpisReport
SERVER=0 LOAD=1
events=10000000 sockets=10000
[ $quick = false ] || events=1000000 sockets=5000

stop_others() { :; }

command -v taskset >/dev/null && [ "$(nproc)" -ge 2 ] || fail "A core for the server and one for the load are needed."
ulimit -n $((2 * sockets + 2000)) || fail "$sockets sockets on either side need more open files than this shell may have."
taskset -cp $LOAD $$ >/dev/null # all that is started here, but the server
PACKS+=(--pack "$ROOT/verticles/benchmarks/src/main/resources/bench-kpis.yaml")
start_millrace taskset -c $SERVER
echo "Counting, and a value's subscribers" >&2
measure benchmarks.kpis.KpiLoad port="$PORT" token="$TOKEN" pid="$pid"
echo "Reading, over few events and over $events more" >&2
measure benchmarks.kpis.KpiReads port="$PORT" token="$TOKEN" events=1
measure persistence.EventLoader postgres="$POSTGRES" stream=counted type=count:order events=$events
measure benchmarks.kpis.KpiReads port="$PORT" token="$TOKEN" events=$events
stop_millrace
