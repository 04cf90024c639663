# shellcheck shell=bash
# PostgreSQL: the server named by PGHOST… or odoo.conf, else a private cluster. The private one
# listens on a Unix socket only; peer authentication lets in the user who made it and nobody else.

# One value of odoo.conf (empty when absent or commented out).
# shellcheck disable=SC2153
conf_value() { sed -n "s/^$1 *= *//p" "$ROOT/odoo.conf" 2>/dev/null | tail -n 1; }

use_external_postgres() {
    local value
    value=$(conf_value db_host)
    [[ -n ${PGHOST:-} || ( -n $value && $value != False ) ]] || return 1
    export PGHOST=${PGHOST:-$value}
    value=$(conf_value db_port) && [[ -z $value || $value == False ]] || export PGPORT=${PGPORT:-$value}
    value=$(conf_value db_user) && [[ -z $value || $value == False ]] || export PGUSER=${PGUSER:-$value}
    value=$(conf_value db_password) && [[ -z $value || $value == False ]] ||
        export PGPASSWORD=${PGPASSWORD:-$value}
}

# Where the private cluster lives. PostgreSQL refuses to run as root, so for root it belongs to the
# `postgres` user; where that user cannot reach this checkout, it goes to that user's own home
# (permissions are never loosened).
pg_owner() { if is_root; then echo postgres; else id -un; fi; }

pg_root() {
    local home
    if is_root && ! as_owner test -x "$LOCAL"; then
        home=$(getent passwd postgres | cut -d: -f6)
        printf '%s/leather_crm_ai-%s\n' "${home:-/var/lib/postgresql}" "$(hash_of <<<"$ROOT")"
    else
        printf '%s/pg\n' "$LOCAL"
    fi
}

# A socket's path has a limit of about 100 characters.
pg_socket_dir() {
    local dir
    dir=$(pg_root)/socket
    if ((${#dir} > 85)); then
        dir=${XDG_RUNTIME_DIR:-/tmp}/leather-pg-$(id -u)-$(hash_of <<<"$ROOT")
    fi
    printf '%s\n' "$dir"
}

as_owner() {
    if is_root; then
        (cd / && runuser -u postgres -- "$@")
    else
        "$@"
    fi
}

setup_postgres() {
    if use_external_postgres; then
        "$PYTHON_VENV" "$ROOT/script/lib/db.py" ping ||
            die "no connection to the PostgreSQL server at $PGHOST" \
                "Check PGHOST, PGPORT, PGUSER and PGPASSWORD (or odoo.conf), and that the role" \
                "may create databases: ALTER ROLE … CREATEDB. Or unset them for a private server."
        return 0
    fi
    local bin root
    bin=$(find_postgres) || die "no PostgreSQL programs (13 or later) on this machine" \
        "Install the package postgresql, or name a server with PGHOST, PGPORT, PGUSER, PGPASSWORD."
    if is_root && ! getent passwd postgres >/dev/null; then
        die "PostgreSQL does not run as root and there is no user 'postgres'" \
            "Run as another user, or name a server with PGHOST."
    fi
    root=$(pg_root)
    PGHOST=$(pg_socket_dir)
    PGUSER=odoo
    PGPORT=5432
    export PGHOST PGUSER PGPORT
    unset PGPASSWORD PGDATABASE PGSERVICE
    if ! [[ -f $root/ready ]]; then
        [[ $root == "$LOCAL/pg" ]] || say "  the user 'postgres' cannot enter $LOCAL: its cluster goes to $root"
        step "PostgreSQL cluster" "Remove $root and run script/setup again." create_cluster "$bin" "$root"
    fi
    if ! pg_running "$bin" "$root"; then
        step "PostgreSQL starts" "See $root/log; a stale server: $bin/pg_ctl -D $root/data stop" \
            start_cluster "$bin" "$root"
    fi
}

pg_running() { as_owner "$1/pg_ctl" -D "$2/data" status >/dev/null 2>&1; }

create_cluster() {
    local bin=$1 root=$2 owner socket
    owner=$(pg_owner)
    socket=$(pg_socket_dir)
    rm -rf "$root"
    if is_root; then
        install -d -m 700 -o postgres -g "$(id -gn postgres)" "$root" "$root/data"
    else
        install -d -m 700 "$root" "$root/data"
    fi
    as_owner "$bin/initdb" -D "$root/data" -U postgres --auth-local=peer --auth-host=reject \
        --encoding=UTF8 --locale=C.UTF-8 --no-sync
    as_owner tee "$root/data/pg_hba.conf" >/dev/null <<<"local all all peer map=leather"
    as_owner tee "$root/data/pg_ident.conf" >/dev/null <<CONF
leather $owner postgres
leather $(id -un) odoo
CONF
    as_owner tee -a "$root/data/postgresql.conf" >/dev/null <<CONF

# leather_crm_ai: local use on a small machine
listen_addresses = ''
unix_socket_directories = '$socket'
unix_socket_permissions = 0700
max_connections = 100
shared_buffers = 256MB
maintenance_work_mem = 128MB
wal_level = minimal
max_wal_senders = 0
max_wal_size = 2GB
# After a power cut the last half second may be gone; the database stays consistent.
synchronous_commit = off
jit = off
CONF
    start_cluster "$bin" "$root"
    as_owner "$bin/psql" -h "$socket" -U postgres -d postgres -qc 'CREATE ROLE odoo LOGIN CREATEDB'
    as_owner touch "$root/ready"
    note "$("$bin/postgres" --version)"
}

# The server must not inherit the lock of the script that starts it (descriptor 9).
start_cluster() {
    local bin=$1 root=$2 socket
    socket=$(pg_socket_dir)
    if [[ ! -d $socket ]]; then
        as_owner mkdir -m 700 -p "$socket"
    fi
    [[ $(stat -c %U "$socket") == "$(pg_owner)" ]]
    as_owner "$bin/pg_ctl" -D "$root/data" -l "$root/log" -w -t 60 start 9>&-
}

stop_postgres() {
    local bin root
    if use_external_postgres; then
        return 0
    fi
    root=$(pg_root)
    bin=$(find_postgres) || return 0
    if pg_running "$bin" "$root"; then
        as_owner "$bin/pg_ctl" -D "$root/data" -m fast -w stop >/dev/null
        say "  PostgreSQL stopped"
    fi
}
