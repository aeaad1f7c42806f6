#!/bin/bash
# The demo: two clusters, a PostgreSQL under load, and every move there is. Leaves the lab up; can be run again at once.
#   lab/demo.sh                 see README.md
#   WRITE_DOCS=yes lab/demo.sh  also writes docs/measurements.md
#   SCALE=30 lab/demo.sh        a larger database (pgbench's scale; 10 is about 150 MiB)
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=lib.sh
. "$here/lib.sh"
need_root
command -v dotnet >/dev/null || die "the .NET 10 SDK is missing: see https://dot.net or your distribution's package dotnet-sdk-10.0"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 MSBUILDDISABLENODEREUSE=1

"$here/up.sh"
task "build the demo" "$REPO/artifacts/demo/build.log" dotnet build "$here/Tonari.Demo/Tonari.Demo.csproj" -c Release
arguments=("--scale=${SCALE:-10}")
if [ "${WRITE_DOCS:-no}" = yes ]; then arguments+=(--write-docs); fi
code=0
"$here/Tonari.Demo/bin/Release/net10.0/Tonari.Demo" "${arguments[@]}" || code=$?
if ((code != 0 && code != 130)); then "$here/logs.sh" "$REPO/artifacts/demo/logs"; fi
exit $code
