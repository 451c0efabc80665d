#!/usr/bin/env bash
# A matter from report to closing, from the terminal. Needs a running demo: `jingwei demo --json > demo.json`,
# then `docs/walk.sh demo.json`. Prints each answer; ends with the public page of the closed case.
set -euo pipefail
demo=$(head -n 1 "${1:?the file with the line that jingwei demo --json printed}")
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
field() { python3 -c 'import json,sys; d=json.loads(sys.stdin.read()); print(eval("d"+sys.argv[1]))' "$1"; }
uuid() { python3 -c 'import uuid; print(uuid.uuid4())'; }
url=$(field '["url"].rstrip("/")' <<<"$demo")
cases=$url/api/regions/990101/cases

sign_in() { # role
  local who
  who=$(python3 -c 'import json,sys
a=next(a for a in json.loads(sys.argv[1])["accounts"] if a["role"]==sys.argv[2])
print(json.dumps({"username":a["username"],"password":a["password"]}))' "$demo" "$1")
  curl -sf -c "$dir/$1" -H 'Content-Type: application/json' -d "$who" "$url/api/session"
}
move() { # role move body
  curl -s --fail-with-body -b "$dir/$1" -H 'Content-Type: application/json' -H "Idempotency-Key: $(uuid)" -d "$3" "$cases/$id/$2"
  echo
}

id=$(uuid)
receipt=$(curl -sf -H 'Content-Type: application/json' "$cases" \
  -d "{\"id\":\"$id\",\"text\":\"小区东门的路灯三天没亮了\",\"place\":\"东门\",\"lon\":120.35,\"lat\":30.2}")
echo "$receipt"
for role in intake_operator dispatcher handler; do sign_in "$role" >"$dir/$role.me"; done
unit=$(sign_in unit_officer | field '["posts"][0]["unit"]')
handler=$(field '["account"]["id"]' <"$dir/handler.me")
item=$(curl -sf "$url/api/regions/990101/items" | field '["items"][0]["code"]')
move intake_operator file "{\"version\":1,\"item\":\"$item\"}"
move dispatcher dispatch "{\"version\":2,\"unit\":\"$unit\"}"
move unit_officer accept '{"version":3}'
move unit_officer hand "{\"version\":4,\"handler\":\"$handler\"}"
move handler submit '{"version":5,"result":"已更换灯泡并试亮"}'
move dispatcher verify '{"version":6}'
move dispatcher close '{"version":7}'
curl -sf "$url/api/track/$(field '["tracking_code"]' <<<"$receipt")"
echo
