# shellcheck shell=bash
# Packages of the operating system: find what is missing, say so, install it.

# First interpreter that the pinned packages support.
find_python() {
    local candidate
    for candidate in "${PYTHON:-}" python3 python3.13 python3.12 python3.11; do
        [[ -n $candidate ]] || continue
        if "$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
            2>/dev/null; then
            command -v "$candidate"
            return
        fi
    done
    return 1
}

# Folder of the newest PostgreSQL programs on this machine (13 or later).
find_postgres() {
    local bin version candidates
    candidates=$(
        [[ -z ${PG_BIN:-} ]] || say "$PG_BIN"
        find /usr/lib/postgresql /usr/pgsql-* -maxdepth 2 -type d -name bin 2>/dev/null | sort -rV
        pg_config --bindir 2>/dev/null || true
    )
    for bin in $candidates; do
        [[ -x $bin/initdb && -x $bin/pg_ctl && -x $bin/postgres ]] || continue
        version=$("$bin/postgres" --version | grep -oE '[0-9]+' | head -n 1 || true)
        if ((version >= 13)); then
            say "$bin"
            return 0
        fi
    done
    return 1
}

find_browser() {
    local name
    for name in chromium chromium-browser google-chrome google-chrome-stable; do
        ! command -v "$name" || return 0
    done
    return 1
}

has_arabic_font() { [[ -n $(find /usr/share/fonts -iname 'NotoSansArabic*' 2>/dev/null) ]]; }

# missing_packages PURPOSE…: lines "required|optional package what-for".
missing_packages() {
    local python purpose
    python=$(find_python || true)
    if [[ -z $python ]]; then
        say "required python3 Python 3.11, 3.12 or 3.13"
    fi
    if [[ ! -x $PYTHON_VENV ]] && ! "${python:-false}" -c 'import ensurepip' 2>/dev/null; then
        say "required python3-venv the private Python environment"
    fi
    for purpose in "$@"; do
        case $purpose in
        database)
            if [[ -z ${PGHOST:-} && -z $(conf_value db_host) ]] && ! find_postgres >/dev/null; then
                say "required postgresql the database"
            fi
            ;;
        pdf)
            command -v wkhtmltopdf >/dev/null || say "optional wkhtmltopdf PDF reports"
            ;;
        browser)
            find_browser >/dev/null || say "required chromium browser tests"
            ;;
        fonts)
            has_arabic_font || say "optional fonts-noto-core Arabic text in screenshots"
            ;;
        esac
    done
}

# install_packages PURPOSE…
install_packages() {
    local missing required optional names
    missing=$(missing_packages "$@")
    [[ -n $missing ]] || return 0
    if ! command -v apt-get >/dev/null; then
        required=$(grep '^required' <<<"$missing" || true)
        [[ -z $required ]] || die "this system lacks:" "$(cut -d' ' -f2- <<<"$required")" \
            "Install it with the system's package manager, then run this again."
        return 0
    fi
    if ! can_be_root; then
        required=$(awk '$1 == "required" {print $2}' <<<"$missing" | xargs)
        [[ -z $required ]] || die "missing system packages, and neither root nor sudo: $required" \
            "Ask an administrator to run: apt-get install $required"
        optional=$(awk '$1 == "optional" {print $2}' <<<"$missing" | xargs)
        say "  without (not needed to go on; no root or sudo): $optional"
        return 0
    fi
    names=$(awk '{print $2}' <<<"$missing" | sort -u | xargs)
    say "  system packages to install now:"
    awk '{name = $2; $1 = $2 = ""; printf "    %-18s for%s\n", name, $0}' <<<"$missing"
    step "System packages" "By hand: apt-get update && apt-get install $names" apt_install "$names"
    missing=$(missing_packages "$@" | grep '^required' || true)
    [[ -z $missing ]] || die "still missing after the installation:" "$missing"
}

apt_install() {
    local wanted=() name
    as_root apt-get update -qq || true
    for name in $1; do
        # wkhtmltopdf has left the newest Debian: what is not there is left out.
        if apt-cache show "$name" >/dev/null 2>&1; then
            wanted+=("$name")
        else
            say "not in this system's repositories: $name"
        fi
    done
    ((${#wanted[@]})) || return 0
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        "${wanted[@]}"
}
