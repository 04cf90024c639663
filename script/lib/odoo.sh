# shellcheck shell=bash
# Odoo 19: an existing one (ODOO_SOURCE), else the Debian package unpacked into .local, else a
# shallow clone. Nothing is installed system-wide; a .pth file in the virtual environment names it.

ODOO_SERIES=19.0
ODOO_REPOSITORY=${ODOO_REPOSITORY:-https://github.com/odoo/odoo}
ODOO_UNPACKED=$LOCAL/odoo/usr/lib/python3/dist-packages
ODOO_CLONE=$LOCAL/odoo-source
# The Debian package leaves these to other packages, and its web client needs them.
ODOO_DEBIAN_PACKAGES=(
    odoo-19 libjs-jquery libjs-jquery-form libjs-underscore fonts-font-awesome
    fonts-roboto-unhinted fonts-inconsolata fonts-montserrat
)

# The directory to import `odoo` from.
odoo_path() {
    if [[ -n ${ODOO_SOURCE:-} ]]; then
        printf '%s\n' "${ODOO_SOURCE%/}"
    elif [[ -f $ODOO_CLONE/odoo/release.py ]]; then
        printf '%s\n' "$ODOO_CLONE"
    else
        printf '%s\n' "$ODOO_UNPACKED"
    fi
}

# Folders of addons, ours last. A source tree keeps most of Odoo's
# beside the `odoo` package, the Debian package all of them inside.
addons_path() {
    local path
    path=$(odoo_path)
    [[ -d $path/odoo/addons/crm ]] || printf '%s,' "$path/addons"
    printf '%s\n' "$ROOT/addons"
}

# What identifies this Odoo, for caches that depend on it.
odoo_version() {
    local path
    path=$(odoo_path)
    if [[ -d $path/.git ]]; then
        git -C "$path" rev-parse HEAD
    else
        cat "$path/odoo/release.py"
        find "$path/odoo" "$path/addons" -maxdepth 3 -name __manifest__.py -printf '%P %s\n' \
            2>/dev/null | sort
    fi | hash_of
}

setup_odoo() {
    local path site
    if [[ -n ${ODOO_SOURCE:-} ]]; then
        [[ -f $ODOO_SOURCE/odoo/release.py ]] ||
            die "ODOO_SOURCE=$ODOO_SOURCE is not an Odoo source tree" \
                "It has to hold odoo/release.py. Or unset it: script/setup then fetches Odoo itself."
    elif [[ ! -f $(odoo_path)/odoo/release.py ]]; then
        STATUS=1
        ! on_debian || attempt "Odoo (Debian package)" unpack_debian_odoo
        ((STATUS == 0)) || step "Odoo (shallow clone)" \
            "Get the source of Odoo $ODOO_SERIES and name it: ODOO_SOURCE=/path/to/odoo script/setup" \
            clone_odoo
    fi
    path=$(odoo_path)
    grep -q "version_info = (19, 0" "$path/odoo/release.py" ||
        die "$path is not Odoo $ODOO_SERIES" "Set ODOO_SOURCE to a checkout of branch $ODOO_SERIES."
    site=$("$PYTHON_VENV" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
    if [[ ! -f $site/odoo19.pth || $(<"$site/odoo19.pth") != "$path" ]]; then
        printf '%s\n' "$path" >"$site/odoo19.pth"
    fi
    if ! stamped odoo "$path $(odoo_version)"; then
        step "Odoo starts" "Remove .local/odoo and .local/stamps, then run script/setup again." \
            check_odoo
        stamp odoo "$path $(odoo_version)"
    fi
}

check_odoo() {
    local version
    version=$("$PYTHON_VENV" -m odoo --version 2>/dev/null)
    say "$version"
    [[ $version == *19.0* ]]
    note "$version"
}

on_debian() {
    command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null &&
        grep -q '^ID=debian' /etc/os-release &&
        [[ -r /usr/share/keyrings/debian-archive-keyring.gpg ]]
}

# A private APT root: own lists, cache and sources; the mirror is the one this machine uses; the
# signature is checked against Debian's own keys. The system's APT is neither read-locked nor changed.
unpack_debian_odoo() {
    local apt=$LOCAL/apt site archive
    # shellcheck disable=SC2016
    site=$(apt-get indextargets --format '$(SITE)' | awk '!/security/ && !n++')
    [[ -n $site ]]
    mkdir -p "$apt"/{lists/partial,cache/archives/partial,packages}
    printf 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s sid main\n' \
        "$site" >"$apt/sources.list"
    local options=(
        -o "Dir::State::lists=$apt/lists" -o "Dir::Cache=$apt/cache"
        -o "Dir::Etc::sourcelist=$apt/sources.list" -o "Dir::Etc::sourceparts=-"
        -o "Dir::Etc::preferencesparts=-" -o "Dir::Etc::preferences=-"
        -o "APT::Get::List-Cleanup=0" -o "APT::Sandbox::User=" -o "Acquire::Languages=none"
    )
    apt-get "${options[@]}" update
    (cd "$apt/packages" && apt-get "${options[@]}" download "${ODOO_DEBIAN_PACKAGES[@]}")
    rm -rf "$LOCAL/odoo.new"
    for archive in "$apt"/packages/*.deb; do
        dpkg-deb -x "$archive" "$LOCAL/odoo.new"
    done
    [[ -f $LOCAL/odoo.new/usr/lib/python3/dist-packages/odoo/release.py ]]
    note "$(basename "$apt"/packages/odoo-19_*.deb | cut -d_ -f2)"
    rm -rf "$LOCAL/odoo" "$apt"
    mv "$LOCAL/odoo.new" "$LOCAL/odoo"
}

clone_odoo() {
    command -v git >/dev/null
    rm -rf "$ODOO_CLONE.new"
    git clone --quiet --depth 1 --branch "$ODOO_SERIES" "$ODOO_REPOSITORY" "$ODOO_CLONE.new"
    mv "$ODOO_CLONE.new" "$ODOO_CLONE"
}

odoo() { "$PYTHON_VENV" -m odoo "$@"; }
