# shellcheck shell=bash
# rtlcss turns Odoo's style sheets around for Arabic. It comes from npm, so it is optional: without
# it Odoo works, and Arabic screens keep their left-to-right layout.

RTLCSS_VERSION=4.3.0
RTLCSS_BIN=$LOCAL/node/node_modules/.bin
export PATH=$PATH:$RTLCSS_BIN

setup_rtl() {
    if command -v rtlcss >/dev/null || stamped rtl "$RTLCSS_VERSION"; then
        return 0
    fi
    if command -v npm >/dev/null; then
        attempt "rtlcss (Arabic layout)" install_rtlcss
    else
        say "  without rtlcss: Arabic screens are laid out left to right (to cure: npm install -g rtlcss)"
    fi
    # Asked for once, whatever came of it: it is not needed to go on.
    stamp rtl "$RTLCSS_VERSION"
}

install_rtlcss() {
    npm install --no-audit --no-fund --silent --prefix "$LOCAL/node" "rtlcss@$RTLCSS_VERSION"
}
