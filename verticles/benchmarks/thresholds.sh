# scripts/bench thresholds, after Millrace's own functions; sourced, not run. The server has one core, the load the other.
REPORT=ThresholdsReport
SERVER=0 LOAD=1

stop_others() { :; }

command -v taskset >/dev/null && [ "$(nproc)" -ge 2 ] || fail "A core for the server and one for the load are needed."
ulimit -n 20000 || fail "8,000 sockets on either side need more open files than this shell may have."
taskset -cp $LOAD $$ >/dev/null # all that is started here, but the server
start_millrace taskset -c $SERVER
measure benchmarks.thresholds.ThresholdLoad port="$PORT" management="$MANAGEMENT" token="$TOKEN" pid="$pid"
stop_millrace
