# shellcheck shell=bash
# Databases. Installing Odoo's apps takes a minute, copying a database a fifth of a second: so two
# templates (with and without demo data) hold the apps that the addon depends on, and every other
# database starts as a copy of one.

ADDON=leather_crm_ai

db() { "$PYTHON_VENV" "$ROOT/script/lib/db.py" "$@"; }

# Apps our addons depend on, also the optional ones and those of OCA that tests need, as a
# comma-separated list.
core_apps() {
    "$PYTHON_VENV" -c '
import ast, pathlib, re, sys
manifests = {path.parent.name: path for path in pathlib.Path(sys.argv[1]).glob("*/__manifest__.py")}
apps = {app for path in manifests.values() for app in ast.literal_eval(path.read_text())["depends"]}
apps |= {app.replace("-", "_") for app in re.findall("(?m)^odoo-addon-([a-z-]+)==", open(sys.argv[2]).read())}
print(",".join(sorted(apps - set(manifests))))' \
        "$ROOT/addons" "$ROOT/requirements-oca.txt"
}

# Our addons, as a comma-separated list: the main one, and those that join it to optional apps.
our_addons() { find "$ROOT/addons" -mindepth 2 -maxdepth 2 -name __manifest__.py -printf '%h\n' |
    xargs -rn 1 basename | sort | paste -sd,; }

# What makes an update of the addon necessary: anything but browser files, tests and plain Python
# that defines no field.
addons_hash() {
    (
        cd "$ROOT/addons" || exit
        find . \( -name __pycache__ -o -name static -o -name tests -o -name engine -o -name trainer \) \
            -prune -o -type f ! -name '*.md' ! -name '*.pot' -print0 | sort -z | xargs -0 sha256sum
    ) | hash_of
}

# template_name demo|empty
template_name() {
    printf 'leather_template_%s_%s\n' "$1" \
        "$( (odoo_version; core_apps; declare -f build_template) | hash_of | cut -c1-10)"
}

# setup_template demo|empty: build it unless it is there.
setup_template() {
    local kind=$1 name
    name=$(template_name "$kind")
    if db exists "$name"; then
        return 0
    fi
    step "Odoo's apps, $kind database" "Run the command again; the log is in .local/log." \
        build_template "$kind" "$name"
}

# Both templates; side by side when both are missing, for each keeps one processor busy.
setup_both_templates() {
    if db exists "$(template_name demo)" || db exists "$(template_name empty)"; then
        setup_template demo
        setup_template empty
    else
        step "Odoo's apps, both databases" "Run the command again; the log is in .local/log." \
            build_both_templates
    fi
}

build_both_templates() {
    local demo
    build_template demo "$(template_name demo)" &
    demo=$!
    build_template empty "$(template_name empty)"
    wait "$demo"
}

build_template() {
    local kind=$1 name=$2 demo=()
    [[ $kind != demo ]] || demo=(--with-demo)
    db prune "leather_template_${kind}_"
    db drop "${name}_new"
    odoo -c "$CONF" -d "${name}_new" -i "$(core_apps)" ${demo[@]+"${demo[@]}"} \
        --no-http --stop-after-init --log-level=warn
    if [[ ! -f $(odoo_path)/odoo/addons/mail/static/lib/selfie_segmentation/selfie_segmentation.js &&
        ! -f $(odoo_path)/addons/mail/static/lib/selfie_segmentation/selfie_segmentation.js ]]; then
        db forget-missing-asset "${name}_new"
    fi
    db rename "${name}_new" "$name"
    db lock "$name"
}

# setup_database NAME demo|empty [option of Odoo…]: a copy of the template with the addon, kept up
# to date. FRESH tells the caller whether it was made just now.
setup_database() {
    local name=$1 kind=$2 template stamp
    shift 2
    template=$(template_name "$kind")
    stamp=$(db get-stamp "$name")
    FRESH=
    if [[ $stamp != "$kind "* ]]; then
        setup_template "$kind"
        step "Database $name" "Free the database $name, or choose another name." \
            create_database "$name" "$template" "$@"
        # shellcheck disable=SC2034
        FRESH=yes
        db set-stamp "$name" "$kind $(addons_hash)"
    elif [[ $stamp != "$kind $(addons_hash)" ]]; then
        step "Addon update in $name" "Correct the addon, or start afresh with --fresh." \
            update_addons "$name"
        db set-stamp "$name" "$kind $(addons_hash)"
    fi
}

create_database() {
    local name=$1 template=$2
    shift 2
    db clone "$template" "$name"
    odoo -c "$CONF" -d "$name" -i "$(our_addons)" "$@" --no-http --stop-after-init --log-level=warn
    check_installed "$name"
}

update_addons() {
    odoo -c "$CONF" -d "$1" -i "$(our_addons)" -u "$(our_addons)" --no-http --stop-after-init \
        --log-level=warn
    check_installed "$1"
}

# Odoo ends with 0 even when a module could not be loaded.
check_installed() { db check-module "$1" "$ADDON"; }
