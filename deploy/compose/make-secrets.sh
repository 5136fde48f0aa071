#!/usr/bin/env bash
# Makes the passwords of docker-compose.yml, each random and its own. Never overwrites one.
set -euo pipefail
cd "$(dirname "$0")"
umask 077
mkdir -p secrets
for name in clickhouse_writer clickhouse_reader grafana_admin; do
  [ -s "secrets/$name" ] || head -c 32 /dev/urandom | base64 | tr -d '\n=+/' > "secrets/$name"
done
hash() { sha256sum < "secrets/$1" | cut -d' ' -f1; }
cat > ../../.env <<ENV
WARD_WRITER_PASSWORD_SHA256=$(hash clickhouse_writer)
WARD_READER_PASSWORD_SHA256=$(hash clickhouse_reader)
ENV
# Containers read them as another user.
chmod 755 secrets
chmod 444 secrets/*
echo "secrets are in deploy/compose/secrets, their hashes in .env" >&2
