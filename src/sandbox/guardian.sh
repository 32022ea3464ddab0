# Ends a sandbox when its owner does, however the owner ended: orderly, by a signal, or by kill -9.
# Argument: the sandbox's folder. Standard input: the process ids to end, a line each, until the owner closes it.
# SIGINT is an orderly shutdown for PostgreSQL (fast mode) and for PostgREST.
trap '' INT TERM HUP
pids=
while read -r pid; do pids="$pids $pid"; done

alive() {
  for pid in $pids; do
    # An ended process whose new parent does not collect it (no init in the container) still answers to kill -0.
    case $(cat "/proc/$pid/stat" 2>/dev/null) in *') Z '*) continue ;; esac
    kill -0 "$pid" 2>/dev/null && return 0
  done
  return 1
}
signal() {
  for pid in $pids; do kill "-$1" "$pid" 2>/dev/null; done
}

signal INT
signal CONT
tries=0
while alive && [ "$tries" -lt 50 ]; do
  tries=$((tries + 1))
  sleep 0.1
done
# For PostgreSQL, SIGQUIT ends the sessions too; SIGKILL alone would leave them behind for a moment.
signal QUIT
alive && sleep 0.2
signal KILL
rm -rf -- "$1"
