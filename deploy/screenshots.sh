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
  timeout 60 chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run \
    --disable-background-networking --disable-component-update --disable-sync \
    --user-data-dir="$(mktemp -d)" --hide-scrollbars --window-size="$3,$4" --timeout=6000 \
    --screenshot="docs/$2" "$page$1" >/dev/null 2>&1
}
shot / situation-1920.png 1920 1080
shot '/?lang=en' situation-en-1366.png 1366 768
shot /entities entities-1366.png 1366 768
alert=$(curl -s "$page/alerts?level=high" | grep -o '/alerts/[0-9a-f]\{32\}' | head -1)
shot "$alert" alert-1366.png 1366 900
