#!/usr/bin/env bash
# Copies the jars of a Kafka broker from Maven Central into .setup/kafka/lib (54 MB), once. The broker
# is for tests and measures (store/src/testing.rs starts it); a deployment brings its own cluster.
set -euo pipefail
cd "$(dirname "$0")/../.."

pom=deploy/kafka/pom.xml
lib=.setup/kafka/lib
stamp=.setup/kafka/pom.sha256
want=$(sha256sum "$pom" | cut -d' ' -f1)
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$want" ] && ls "$lib"/kafka_2.13-*.jar >/dev/null 2>&1; then
  exit 0
fi

command -v mvn >/dev/null || { echo "mvn is needed to fetch Kafka (Debian package maven)" >&2; exit 1; }
echo "==> fetching Kafka from Maven Central" >&2
# Into a folder beside, moved when complete: a broken download is never taken for a broker.
fresh=$(mktemp -d -p "$(mkdir -p .setup/kafka && echo .setup/kafka)" lib.XXXXXX)
trap 'rm -rf "$fresh"' EXIT
mvn -q -B -f "$pom" org.apache.maven.plugins:maven-dependency-plugin:3.6.0:copy-dependencies \
  -DoutputDirectory="$PWD/$fresh" -DincludeScope=runtime >&2
rm -rf "$lib"
mv "$fresh" "$lib"
chmod 755 "$lib"
echo "$want" > "$stamp"
