#!/bin/bash
# The fault matrix on the lab: every fault at every step of every operation, and what must hold afterwards. Leaves the lab up.
#   lab/faults.sh                        all rows, then the table in docs/reliability.md
#   lab/faults.sh reverse etcd,kubelet   rows whose titles have these words (alternatives with commas)
#   lab/faults.sh --list | --not-green | --green-once
# Results are added to lab/Tonari.Faults/results.jsonl, which belongs to the table; what both clusters looked like when a row failed is in artifacts/faults.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=lib.sh
. "$here/lib.sh"
need_root
command -v dotnet >/dev/null || die "the .NET 10 SDK is missing: see https://dot.net or your distribution's package dotnet-sdk-10.0"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 MSBUILDDISABLENODEREUSE=1

task "build the fault matrix" "$REPO/artifacts/faults/build.log" dotnet build "$here/Tonari.Faults/Tonari.Faults.csproj" -c Release
program=$here/Tonari.Faults/bin/Release/net10.0/Tonari.Faults
if [ "${1:-}" = --list ]; then exec "$program" "$@"; fi
"$here/up.sh"
code=0
"$program" "$@" || code=$?
"$program" --write-docs
exit $code
