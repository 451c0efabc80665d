#!/usr/bin/env bash
# The OpenAPI document against the running server: as nobody, as an intake operator, a security
# administrator and a data steward. Ends with `N passed, M failed` over operations and callers.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
bin=${JINGWEI_BIN:-$root/target/debug/jingwei}
dir=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null || true; rm -rf "$dir"' EXIT
"$bin" demo --only --cases 60 --data-dir "$dir/data" --json
printf 'sign_ins_per_minute = 1000\nanonymous_reports_per_hour = 1000000\ndata_dir = "%s"\n' "$dir/data" >"$dir/jingwei.toml"
JINGWEI_LOG=error "$bin" serve --config "$dir/jingwei.toml" --listen 127.0.0.1:0 --json >"$dir/url" &
server=$!
for _ in $(seq 100); do [ -s "$dir/url" ] && break; sleep 0.1; done
url=$(sed 's/.*"url":"\([^"]*\)\/".*/\1/' "$dir/url")
passed=0
failed=0
# The stream never ends, and signing out or changing the password would end the session under test.
leave=(--exclude-operation-id stream_feed --exclude-operation-id sign_out --exclude-operation-id end_session
  --exclude-operation-id change_password)
for role in nobody intake_operator security_administrator catalogue_steward data_steward system_administrator; do
  headers=()
  if [ "$role" != nobody ]; then
    cookie=$(python3 - "$dir/data/demo.json" "$url" "$role" <<'PY'
import json, sys, urllib.request
demo, url, role = sys.argv[1:]
account = next(a for a in json.load(open(demo))["accounts"] if a["role"] == role)
body = json.dumps({"username": account["username"], "password": account["password"]}).encode()
request = urllib.request.Request(url + "/api/session", body, {"Content-Type": "application/json"})
print(urllib.request.urlopen(request).headers["Set-Cookie"].split(";")[0])
PY
)
    headers=(-H "Cookie: $cookie")
  fi
  log="$dir/$role.log"
  if schemathesis --config-file "$root/tests/schemathesis.toml" run "$root/openapi.json" --url "$url" "${headers[@]}" \
    "${leave[@]}" --phases examples,coverage,fuzzing --max-examples "${JINGWEI_EXAMPLES:-15}" --seed 1 --no-color \
    --warnings off --exclude-checks ignored_auth --generation-allow-x00 true >"$log" 2>&1; then
    bad=0
  else
    cat "$log"
    bad=$(grep -cE '^_{3,} .* _{3,}$' "$log" || true)
    [ "$bad" -gt 0 ] || bad=1
  fi
  tested=$(sed -n 's/^ *Tested: \([0-9]*\).*/\1/p' "$log" | head -1)
  echo "$role: ${tested:-0} operations, $bad with findings"
  passed=$((passed + ${tested:-0} - bad))
  failed=$((failed + bad))
done
[ "$passed" -gt 0 ] || failed=$((failed + 1))
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
