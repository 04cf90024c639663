# shellcheck shell=bash
# What every script shares: where things are, progress lines, and how to fail with a cure.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
LOCAL=$ROOT/.local
VENV=$LOCAL/venv
PYTHON_VENV=$VENV/bin/python
LOGS=$LOCAL/log
STAMPS=$LOCAL/stamps
DATA=$LOCAL/data
CONF=$LOCAL/odoo.conf
export ROOT LOCAL VENV PYTHON_VENV LOGS STAMPS DATA CONF

mkdir -p "$LOGS" "$STAMPS"

say() { printf '%s\n' "$*"; }

# die "what is wrong" "how to cure it"
die() {
    printf '\nerror: %s\n' "$1" >&2
    [[ $# -lt 2 ]] || printf '%s\n' "${@:2}" | sed 's/^/  /' >&2
    exit 1
}

# The help of a script is the comment at its top.
usage() { sed -n '2,/^[^#]/{/^#/!d;s/^# \{0,1\}//;p}' "$1"; }

# attempt "label" command…: one line with the label, the outcome and the seconds. The output goes
# to a log, and the end of that log to the screen when the command fails; STATUS tells. The command
# says `note …` to add words to the line. Never call it (nor a function that does) in a condition:
# bash would ignore `set -e` inside the command.
attempt() {
    local label=$1 started=$SECONDS log words
    shift
    log=$LOGS/$(tr -cs 'a-zA-Z0-9\n' '-' <<<"$label").log
    NOTE=$LOGS/.note.$$
    : >"$NOTE"
    printf '  %-34s ' "$label"
    set +e
    (
        set -e
        "$@"
    ) >"$log" 2>&1 </dev/null
    STATUS=$?
    set -e
    words=$(<"$NOTE")
    rm -f "$NOTE"
    if ((STATUS == 0)); then
        printf '%-6s %4d s%s\n' ok $((SECONDS - started)) "${words:+  $words}"
    else
        printf '%-6s %4d s\n' FAILED $((SECONDS - started))
        printf -- '--- the end of %s ---\n' "${log#"$ROOT"/}" >&2
        tail -n 25 "$log" >&2
    fi
}

# step "label" "cure" command…: an attempt that must succeed.
step() {
    local label=$1 cure=$2
    shift 2
    attempt "$label" "$@"
    ((STATUS == 0)) || die "$label: this step failed" "$cure"
}

note() { printf '%s' "$*" >"${NOTE:-/dev/null}"; }

hash_of() { sha256sum | cut -c1-16; }

# stamped NAME HASH: was this step finished with these very inputs?
stamped() { [[ -f $STAMPS/$1 && $(<"$STAMPS/$1") == "$2" ]]; }
stamp() { printf '%s\n' "$2" >"$STAMPS/$1"; }

is_root() { [[ $(id -u) == 0 ]]; }

# Run as the superuser: directly, or through sudo when there is one.
as_root() {
    if is_root; then
        "$@"
    else
        sudo "$@"
    fi
}

can_be_root() { is_root || command -v sudo >/dev/null; }
