#!/usr/bin/env bash
# Pictures of a running demo, into docs/. Starts one on data/demo if the address of none is given.
set -euo pipefail
cd "$(dirname "$0")/.."
page=${1:-}
if [ -z "$page" ]; then
  target/fast/ward demo --data data/demo --ports auto 2>data-demo.log &
  demo=$!
  trap 'kill "$demo"; wait "$demo" || true; rm -f data-demo.log' EXIT
  until grep -q '^  open' data-demo.log; do sleep 1; done
  page=$(grep -o 'http://[0-9.:]*' data-demo.log | tail -1)
  sleep 60
fi
shot() { # path, file, width, height
  timeout 60 node deploy/picture.mjs "$page$1" "docs/$2" "$3" "$4"
}
# The first address of a page that looks so; a demo that has none of it yet keeps the picture there is.
first() { curl -s "$page$1" | grep -oE "$2" | head -1 || true; }
shot_first() { # page, pattern, file, width, height
  local found
  found=$(first "$1" "$2")
  if [ -n "$found" ]; then shot "$found" "$3" "$4" "$5"; else echo "nothing like $2 at $1 yet: $3 stays" >&2; fi
}
shot / situation-1920.png 1920 1080
shot '/?lang=en' situation-en-1366.png 1366 768
shot /entities entities-1366.png 1366 768
shot /queue queue-1366.png 1366 768
shot /leader leader-1366.png 1366 768
shot /exposure exposure-1366.png 1366 768
shot /wall/overview wall-overview-1920.png 1920 1080
shot /wall/data wall-data-1920.png 1920 1080
shot_first '/alerts?level=high' '/alerts/[0-9a-f]{32}' alert-1366.png 1366 900
shot_first /notices '/notices/[0-9]+' notice-1920.png 1920 1080
