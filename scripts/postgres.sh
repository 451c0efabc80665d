#!/usr/bin/env bash
# A private PostgreSQL cluster for one command: a temporary folder, a free port, loopback only, gone afterwards.
#
#   scripts/postgres.sh run [--fast] [-o 'OPTIONS'] -- COMMAND [ARGUMENT…]
#
# Starts the cluster, runs COMMAND with JINGWEI_TEST_PG=postgres://jingwei@127.0.0.1:PORT/postgres in its
# environment, stops the cluster, removes the folder and ends with COMMAND's exit code (128 + n after signal n).
#
#   --fast         fsync, full_page_writes and synchronous_commit off: for tests that don't ask about lost power.
#                  Without it a commit is durable, as in production, so that measured figures mean something.
#   -o OPTIONS     more options for the server, such as -o '-c shared_buffers=1GB -c log_statement=all'; repeatable.
#
# The cluster is nobody else's: no installed cluster, service or setting of this machine is read or touched.
# PostgreSQL refuses to run as root, so root runs it as the user "postgres"; anyone else runs it as themselves.
# Trust authentication: any user of this machine can reach it while it lives. Nothing but test data goes in.
# JINGWEI_PG_BIN names the folder of initdb and postgres where it can't be found; TMPDIR is honoured.
set -euo pipefail

say() { printf 'postgres: %s\n' "$*" >&2; }
die() { say "$*"; exit 2; }
usage() { sed -n '2,17p' "$0" | sed 's/^# \{0,1\}//'; }

# The newest PostgreSQL on this machine that is 15 or later.
find_binaries() {
  local folder version
  for folder in "${JINGWEI_PG_BIN:-}" $(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -t/ -k5,5nr) \
    "$(dirname "$(command -v initdb || echo /none/initdb)")"; do
    [ -n "$folder" ] && [ -x "$folder/initdb" ] && [ -x "$folder/postgres" ] || continue
    version=$("$folder/postgres" --version | sed 's/[^0-9]*\([0-9]*\).*/\1/')
    [ "${version:-0}" -ge 15 ] || continue
    printf '%s\n' "$folder"
    return
  done
  return 1
}

# Every living descendant of a process, children before grandchildren.
descendants() {
  local child
  for child in $(cat "/proc/$1/task/"*/children 2>/dev/null); do
    printf '%s\n' "$child"
    descendants "$child"
  done
}

signal_tree() {
  local signal=$1 top=$2
  # shellcheck disable=SC2046
  kill -s "$signal" "$top" $(descendants "$top") 2>/dev/null || true
}

folder='' server='' child=''

# Stops the server by the pid in its own pid file, waits for it, and removes the folder. Safe to call twice.
stop() {
  trap '' INT TERM HUP
  if [ -n "$child" ] && kill -0 "$child" 2>/dev/null; then signal_tree KILL "$child"; fi
  child=''
  local pid=$server tries=0 # the pid file doesn't exist before the server has got that far
  if [ -n "$folder" ] && [ -f "$folder/data/postmaster.pid" ]; then
    pid=$(head -n 1 "$folder/data/postmaster.pid")
  fi
  if [ -n "$pid" ]; then
    kill -INT "$pid" 2>/dev/null || true # INT is PostgreSQL's fast shutdown: clients are told, nothing is lost
    while running "$pid"; do
      tries=$((tries + 1))
      if [ "$tries" -eq 300 ]; then
        say "the server didn't stop within 30 s; stopping it at once"
        kill -QUIT "$pid" 2>/dev/null || true
      fi
      if [ "$tries" -ge 350 ]; then
        say "the server, process $pid, is still there"
        break
      fi
      sleep 0.1
    done
  fi
  if [ -n "$server" ]; then wait "$server" 2>/dev/null || true; server=''; fi
  if [ -n "$folder" ]; then rm -rf -- "$folder"; folder=''; fi
}

running() { kill -0 "$1" 2>/dev/null && ! grep -qs '^State:[[:space:]]*Z' "/proc/$1/status"; }

# The first signal goes on to the command and all it started; ten seconds later what is left is killed.
# With a terminal, Ctrl-C has reached the command already, and may mean "cancel this query": we only wait.
interrupted=''
on_signal() {
  local name=$1 number=$2
  if [ "$name" = INT ] && [ -t 0 ] && [ -n "$child" ]; then return; fi
  interrupted=$number
  [ -n "$child" ] || exit $((128 + number))
  signal_tree "$name" "$child"
  (sleep 10; signal_tree KILL "$child") >/dev/null 2>&1 &
  reaper=$!
}
reaper=''

# As the cluster's user. For root that is "postgres". `setpriv --pdeathsig` makes the server stop by itself
# if this script is killed without a chance to clean up; `setsid` keeps Ctrl-C from reaching it first.
as_owner() {
  if [ "$(id -u)" -eq 0 ]; then
    setpriv --reuid postgres --regid postgres --init-groups --reset-env "$@"
  else
    "$@"
  fi
}

start() {
  local bin=$1 fast=$2 options=$3 base locale=C port try ready pid
  base=${TMPDIR:-/tmp}
  [ "${#base}" -le 60 ] || base=/tmp # a Unix socket's path has at most 107 bytes
  folder=$(mktemp -d "$base/jingwei-pg.XXXXXX")
  chmod 700 "$folder"
  if [ "$(id -u)" -eq 0 ]; then
    id postgres >/dev/null 2>&1 || die "root can't run PostgreSQL and there is no user 'postgres' to run it as"
    chown postgres: "$folder"
    # $base may be closed to other users: say so rather than fail with a riddle
    as_owner test -w "$folder" || die "the user 'postgres' can't reach $folder; set TMPDIR to a folder open to it"
  fi
  # Compares text by code point, as SQLite does, and still knows upper and lower case beyond ASCII.
  if locale -a 2>/dev/null | grep -qiE '^C\.utf-?8$'; then locale=C.UTF-8; fi
  cd "$folder"
  as_owner "$bin/initdb" --pgdata="$folder/data" --username=jingwei --auth=trust --encoding=UTF8 \
    --locale="$locale" --no-sync --no-instructions >"$folder/initdb.log" 2>&1 ||
    { cat "$folder/initdb.log" >&2; die "initdb failed"; }

  # Below the range that the kernel hands out by itself, so that no passing connection takes the port.
  for try in 1 2 3 4 5 6 7 8 9 10; do
    port=$((20000 + (RANDOM * 32768 + RANDOM) % 12000))
    if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then continue; fi
    local settings=(-c listen_addresses=127.0.0.1 -c port="$port" -c unix_socket_directories="$folder"
      -c shared_buffers=128MB -c max_connections=200 -c timezone=UTC -c log_timezone=UTC -c logging_collector=off)
    [ "$fast" = no ] || settings+=(-c fsync=off -c full_page_writes=off -c synchronous_commit=off)
    # shellcheck disable=SC2206
    settings+=($options)
    if command -v setpriv >/dev/null && command -v setsid >/dev/null; then
      local owner=()
      [ "$(id -u)" -ne 0 ] || owner=(--reuid postgres --regid postgres --init-groups --reset-env)
      setpriv "${owner[@]}" --pdeathsig INT setsid "$bin/postgres" -D "$folder/data" "${settings[@]}" \
        </dev/null >>"$folder/server.log" 2>&1 &
    else
      as_owner "$bin/postgres" -D "$folder/data" "${settings[@]}" </dev/null >>"$folder/server.log" 2>&1 &
    fi
    server=$!
    for ready in $(seq 1 600); do # a minute
      if ! kill -0 "$server" 2>/dev/null; then break; fi
      pid=$(head -n 1 "$folder/data/postmaster.pid" 2>/dev/null || true)
      if [ "$pid" = "$server" ] && [ "$(sed -n 8p "$folder/data/postmaster.pid" | tr -d ' ')" = ready ]; then
        cd "$here"
        export JINGWEI_TEST_PG="postgres://jingwei@127.0.0.1:$port/postgres"
        return
      fi
      sleep 0.1
    done
    if kill -0 "$server" 2>/dev/null; then cat "$folder/server.log" >&2; die "the server isn't ready after a minute"; fi
    wait "$server" 2>/dev/null || true
    server=''
    grep -q 'Address already in use' "$folder/server.log" || break
    : >"$folder/server.log"
  done
  cat "$folder/server.log" >&2
  die "the server didn't start"
}

here=$PWD
case "${1:-}" in
run) shift ;;
-h | --help | '') usage; exit 0 ;;
*) usage >&2; exit 2 ;;
esac
fast=no options=''
while [ $# -gt 0 ]; do
  case $1 in
  --fast) fast=yes; shift ;;
  -o) [ $# -ge 2 ] || die "-o needs server options"; options="$options $2"; shift 2 ;;
  --) shift; break ;;
  *) die "unknown option '$1'; see scripts/postgres.sh --help" ;;
  esac
done
[ $# -gt 0 ] || die "no command to run; see scripts/postgres.sh --help"
bin=$(find_binaries) || die "PostgreSQL 15 or later isn't installed; scripts/need postgres installs it"

trap stop EXIT
trap 'on_signal INT 2' INT
trap 'on_signal TERM 15' TERM
trap 'on_signal HUP 1' HUP
start "$bin" "$fast" "$options"

# In the background, because bash heeds a signal only between foreground commands; with our standard input and
# with SIGINT as usual, both of which a background command would lose.
env --default-signal=INT,QUIT "$@" <&0 &
child=$!
while :; do
  code=0
  wait "$child" || code=$?
  kill -0 "$child" 2>/dev/null || break # a signal ended the wait, not the command
done
[ -z "$reaper" ] || kill "$reaper" 2>/dev/null || true
child=''
[ -z "$interrupted" ] || code=$((128 + interrupted))
exit "$code"
