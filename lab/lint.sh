#!/bin/bash
# Judges what can be judged without running it: shell scripts, the form of the C# code, plain text, unfinished work.
# The compiler's analyzers are part of every build (warnings are errors).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=lib.sh
. "$here/lib.sh"
cd "$REPO"

"$here/install.sh" lint
# Outside a git checkout (a released archive) the same files are found by name.
files() { git ls-files -z 2>/dev/null || find . -type f -not -path '*/bin/*' -not -path '*/obj/*' -not -path './artifacts/*' -print0; }
mapfile -d '' -t all < <(files)
((${#all[@]} > 0)) || die "there is no file to lint"
present=()
for file in "${all[@]}"; do
    # A patch's blanks are somebody else's; what damaged data looks like is kept byte for byte.
    if [ -f "$file" ] && [[ $file != *.patch && $file != */Corpus/* ]]; then present+=("$file"); fi
done

# What has no first line of its own is sourced, and is judged together with what sources it.
scripts=()
for file in "${present[@]}"; do
    if head -n 1 "$file" | grep -qaE '^#!.*\b(ba)?sh\b'; then scripts+=("$file"); fi
done

plain_text() {
    local bad=no
    if grep -nIE '[[:blank:]]+$' -- "${present[@]}"; then echo "^ blanks at the end of a line"; bad=yes; fi
    if grep -nIE $'\r' -- "${present[@]}"; then echo "^ a line ends with a carriage return"; bad=yes; fi
    for file in "${present[@]}"; do
        if [ -s "$file" ] && grep -qI . "$file" && [ -n "$(tail -c 1 "$file")" ]; then echo "$file: no newline at the end"; bad=yes; fi
    done
    [ $bad = no ]
}

# Work that is not finished is an issue, not a comment.
nothing_unfinished() {
    local words='TO''DO|FIX''ME|XX''X'
    ! grep -nIwE "$words" -- "${present[@]}"
}

log=$(mktemp -d)
trap 'rm -rf "$log"' EXIT
task "plain text of ${#present[@]} files" "$log/text" plain_text
task "nothing unfinished" "$log/unfinished" nothing_unfinished
task "shellcheck of ${#scripts[@]} scripts" "$log/shellcheck" shellcheck -x "${scripts[@]}"
task "dotnet format" "$log/format" dotnet format whitespace Tonari.slnx --verify-no-changes
