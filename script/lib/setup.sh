# shellcheck shell=bash
# Everything a script needs before it can work. Source this file, then call `setup PURPOSE…`.

source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
source "$ROOT/script/lib/packages.sh"
source "$ROOT/script/lib/python.sh"
source "$ROOT/script/lib/odoo.sh"
source "$ROOT/script/lib/postgres.sh"
source "$ROOT/script/lib/rtl.sh"
source "$ROOT/script/lib/database.sh"

# setup PURPOSE…: the purposes are `python` (always), `odoo`, `database`, `pdf`, `browser`, `fonts`.
# Steps that are done already cost milliseconds and print nothing.
setup() {
    local started=$SECONDS purposes=" $* "
    find_python >/dev/null || command -v apt-get >/dev/null ||
        die "Python 3.11, 3.12 or 3.13 is needed" "Install python3, or name one with PYTHON=…"
    exec 9>"$LOCAL/setup.lock"
    if ! flock -n 9; then
        say "  another script is setting up this checkout; waiting for it"
        flock 9
    fi
    install_packages "$@"
    setup_python
    if [[ $purposes == *" odoo "* || $purposes == *" database "* ]]; then
        setup_odoo
        setup_rtl
        write_conf
    fi
    if [[ $purposes == *" database "* ]]; then
        setup_postgres
    fi
    exec 9>&-
    ((SECONDS - started < 3)) || say "  set-up finished in $((SECONDS - started)) s"
}

# odoo.conf of the repository, with what holds on this machine.
write_conf() {
    local text
    text=$(
        grep -vE '^(addons_path|data_dir|http_interface|proxy_mode|workers|max_cron_threads|logfile|db_[a-z]+|\[options\]) *=?' \
            "$ROOT/odoo.conf" | grep -vE '^ *(;|#|$)' | sed '1i [options]'
        say "addons_path = $(addons_path)"
        say "data_dir = $DATA"
        say "http_interface = 127.0.0.1"
    )
    if [[ ! -f $CONF || $(<"$CONF") != "$text" ]]; then
        mkdir -p "$DATA"
        (umask 077 && printf '%s\n' "$text" >"$CONF")
    fi
}
