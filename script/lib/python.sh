# shellcheck shell=bash
# The private virtual environment with the pinned packages.

REQUIREMENTS=(requirements-odoo.txt requirements.txt requirements-test.txt)
OCA_REQUIREMENTS=requirements-oca.txt

python_inputs() {
    (cd "$ROOT" && cat "${REQUIREMENTS[@]}" "$OCA_REQUIREMENTS" constraints.txt && "$PYTHON_VENV" -V 2>&1) | hash_of
}

setup_python() {
    if [[ -x $PYTHON_VENV ]] && "$PYTHON_VENV" -c '' 2>/dev/null; then
        if stamped python "$(python_inputs)"; then
            return 0
        fi
    else
        step "Python environment" \
            "Install python3-venv, or name another Python: PYTHON=/path/to/python3.12 script/setup" \
            create_venv
    fi
    step "Python packages (pinned)" \
        "Is the package index reachable (pip config list)? Run script/setup again to resume." \
        install_python_packages
    stamp python "$(python_inputs)"
}

create_venv() {
    rm -rf "$VENV"
    "$(find_python)" -m venv "$VENV"
    note "$("$PYTHON_VENV" -V)"
}

install_python_packages() {
    local arguments=() file
    for file in "${REQUIREMENTS[@]}"; do
        arguments+=(-r "$ROOT/$file")
    done
    "$PYTHON_VENV" -m pip install --disable-pip-version-check --no-input \
        -c "$ROOT/constraints.txt" "${arguments[@]}"
    "$PYTHON_VENV" -m pip install --disable-pip-version-check --no-input --no-deps \
        -r "$ROOT/$OCA_REQUIREMENTS"
}
