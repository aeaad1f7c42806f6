#!/bin/bash
# The tests, with all set-up. The last line is "N passed, N failed" over all projects.
#   tests/run.sh [all]  all of them
#   tests/run.sh unit   what needs no clusters: rules, engine on real filesystems, a real API server, programs on real sockets
#   tests/run.sh e2e    the end-to-end tests, on a fresh lab of two clusters, which is taken down afterwards
# KEEP_LAB=yes uses the lab that is up, as it is, and leaves it up: for working on the end-to-end tests.
# FILTER="-class *Postgres*" is handed to the test programs (see -help of one of them).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=../lab/lib.sh
. "$here/../lab/lib.sh"
cd "$REPO"

results=$REPO/artifacts/test
end_to_end=Tonari.EndToEnd.Tests
part=${1:-all}
read -ra filter <<<"${FILTER:-}"
passed=0 failed=0 skipped=0
troubles=()
lab_started=no
running=     # process id of the test program that runs
complete=no  # nothing was broken off
case $part in
    all | unit | e2e) ;;
    *) die "usage: tests/run.sh [all|unit|e2e]" ;;
esac

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
export MSBUILDDISABLENODEREUSE=1

at_exit() {
    trap - EXIT
    trap '' INT TERM
    if [ -n "$running" ]; then kill "$running" 2>/dev/null || true; fi
    if [ $lab_started = yes ]; then
        if [ $complete = no ] || ((failed > 0)); then "$LAB_SOURCE/logs.sh" "$results/lab" || true; fi
        if [ "${KEEP_LAB:-no}" != yes ] && ! "$LAB_SOURCE/down.sh"; then
            trouble "lab/down.sh left something behind"
        fi
    fi
    finish
}

# A trouble that is no failed test still fails the run, and counts, so that "0 failed" is never said wrongly.
trouble() {
    troubles+=("$1")
    failed=$((failed + 1))
}

finish() {
    local line
    if [ $complete = no ]; then trouble "the run was broken off"; fi
    if ((passed == 0 && failed == 0)); then trouble "no test ran"; fi
    if [ -s "$results/failures.txt" ]; then cat "$results/failures.txt"; fi
    for line in "${troubles[@]}"; do say "FAILED: $line"; done
    if ((failed > 0)); then say "logs are in $results"; fi
    line="$passed passed, $failed failed"
    if ((skipped > 0)); then line+=", $skipped skipped"; fi
    echo "$line"
    if ((failed > 0)); then exit 1; fi
    exit 0
}

# attribute NAME FILE : a number of the <assembly> element, which is the first that has it.
attribute() { grep -o -m 1 "<assembly [^>]*" "$2" | grep -o " $1=\"[0-9]*\"" | tr -dc 0-9; }

# run PROJECT SECONDS REPORTER : run a test program, tell what failed, add to the totals.
run() {
    local project=$1 limit=$2 started code=0 log=$results/$1.log report=$results/$1.xml
    local program=tests/$1/bin/Release/net10.0/$1 n_passed n_failed n_skipped name
    started=$(now_ms)
    rm -f "$report"
    : >"$log"
    say "$project ..."
    timeout --kill-after=30 "$limit" "$program" -noLogo -noColor -reporter "$3" -result-xml "$report" "${filter[@]}" \
        </dev/null >"$log" 2>&1 &
    running=$!
    tail --pid=$running --sleep-interval=0.2 --lines=+1 --follow "$log" | limited &
    wait $running || code=$?
    wait
    running=
    if [ ! -s "$report" ]; then
        trouble "$project ended with code $code and without a report, see $log"
        return 0
    fi
    n_passed=$(attribute passed "$report") n_skipped=$(attribute skipped "$report")
    n_failed=$(($(attribute failed "$report") + $(attribute errors "$report")))
    passed=$((passed + n_passed)) failed=$((failed + n_failed)) skipped=$((skipped + n_skipped))
    say "$project: $n_passed passed, $n_failed failed, $n_skipped skipped in $(seconds "$started") s"
    if ((n_failed > 0)); then
        failures "$log" >>"$results/failures.txt"
        while IFS= read -r name; do troubles+=("$name"); done < <(failed_tests "$log")
        troubles+=("$project, see $log")
    elif ((code != 0)); then
        trouble "$project ended with code $code though no test failed, see $log"
    elif ((n_passed + n_skipped == 0 && ${#filter[@]} == 0)); then
        trouble "$project has no test"
    fi
}

# failures LOG : what the test program printed of each test that failed, from its name on: 80 lines each, 400 in all. Told
# again at the end, because the last screen is what people see. What programs log meanwhile stands among it, a JSON object a line, and would fill it.
failures() {
    awk '/\[FAIL\]$/ { left = 80 } /\[(STARTING|FINISHED|PASS|SKIP)\]/ { left = 0 } /^\{/ { next } left-- > 0 && printed++ < 400' "$1"
}

failed_tests() { sed -n 's/^ *\([^ ].*\) \[FAIL\]$/\1/p' "$1"; }

# What is wrong in a hundred tests is mostly wrong in the first ones; the log has all. Not awk: Debian's reads ahead, and nothing would be
# seen of a test that takes minutes before it has ended.
limited() {
    local line n=0
    while IFS= read -r line; do
        n=$((n + 1))
        if ((n <= 1000)); then echo "    $line"; elif ((n == 1001)); then echo "    ... the rest is in the log"; fi
    done
}

run_unit_tests() {
    local folder project
    for folder in tests/*.Tests/; do
        project=$(basename "$folder")
        if [ "$project" != $end_to_end ]; then run "$project" 900 quiet; fi
    done
}

run_end_to_end_tests() {
    if [ "${KEEP_LAB:-no}" != yes ] && [ -d "$LAB" ]; then
        say "a lab is there; the tests want a fresh one"
        "$LAB_SOURCE/down.sh"
    fi
    "$LAB_SOURCE/install.sh" browser
    lab_started=yes
    "$LAB_SOURCE/up.sh"
    run $end_to_end 3000 verbose
}

need_root
command -v dotnet >/dev/null || die "the .NET 10 SDK is missing: see https://dot.net or your distribution's package dotnet-sdk-10.0"
rm -rf "$results"
mkdir -p "$results"
trap at_exit EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
"$LAB_SOURCE/install.sh"
task "build" "$results/build.log" dotnet build Tonari.slnx -c Release
if [ "$part" != e2e ]; then
    "$LAB_SOURCE/kubernetes/build.sh" >/dev/null # some tests want a real API server
    run_unit_tests
fi
if [ "$part" != unit ] && [ -d tests/$end_to_end ]; then run_end_to_end_tests; fi
complete=yes
