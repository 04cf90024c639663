#!/bin/bash
# Runs in the `init` service, before the others: installs the addon into the database, or updates
# it after a new version. Without work to do it takes some seconds.
set -euo pipefail

options=(--database "$LEATHER_DB" --init leather_crm_ai --update leather_crm_ai
    --load-language "$LEATHER_LANGUAGES" --no-http --stop-after-init)
# Demonstration data comes with the creation of the database or not at all.
case ${LEATHER_DEMO:-yes} in
yes | true | 1) options+=(--with-demo) ;;
no | false | 0) ;;
*)
    echo "LEATHER_DEMO has to be yes or no, not: $LEATHER_DEMO" >&2
    exit 2
    ;;
esac
exec /entrypoint.sh odoo "${options[@]}"
