#!/usr/bin/env bash
# npm test: sets up what a fresh machine lacks, runs every test once, and ends with «N passed, N failed».
# Arguments go to vitest: npm test -- tests/unit, npm test -- --project e2e.
set -euo pipefail
cd "$(dirname "$0")/.."

main() {
  [ -d node_modules/vitest ] || npm ci
  [ -d lib/db/generated ] || node scripts/generate-client.mjs
  export NEXT_TELEMETRY_DISABLED=1
  # The long form of the faults has no part in a browser.
  [ "${HEADROOM_FAULTS:-}" = long ] || set_up_browser
  if [ -z "${TEST_POSTGRES_URL:-}" ] && ! has_postgres; then
    install postgresql 'Installing PostgreSQL for the tests on it …'
    if ! has_postgres; then
      echo 'PostgreSQL was not found: the integration tests run on SQLite alone. Install it, or set TEST_POSTGRES_URL.' >&2
      [ "${CI:-}" != true ] || exit 1
    fi
  fi
  has_dovecot || install dovecot-imapd 'Installing Dovecot for the tests of drafts over IMAP …'
  if ! has_dovecot; then
    echo 'Dovecot was not found: the tests of drafts over IMAP are skipped. Install it with your package manager.' >&2
    [ "${CI:-}" != true ] || exit 1
  fi
  exec node node_modules/vitest/vitest.mjs run "$@"
}

set_up_browser() {
  export CHROMIUM_PATH
  CHROMIUM_PATH="$(find_browser)"
  if [ -z "$CHROMIUM_PATH" ]; then
    install chromium 'Installing Chromium for the tests in the browser …'
    CHROMIUM_PATH="$(find_browser)"
  fi
  if [ -z "$CHROMIUM_PATH" ]; then
    echo 'No Chromium was found: the tests in the browser are skipped, each by its name at the end.' >&2
    echo 'Install chromium or google-chrome, or set CHROMIUM_PATH to one.' >&2
    # Where the whole suite is expected to run, a part of it left out is a failure.
    [ "${CI:-}" != true ] || exit 1
    unset CHROMIUM_PATH
  fi
  command -v wapiti >/dev/null || install wapiti 'Installing wapiti for the scan for vulnerabilities …'
  if ! command -v wapiti >/dev/null; then
    echo 'wapiti was not found: the scan for vulnerabilities is skipped. Install it with your package manager.' >&2
    [ "${CI:-}" != true ] || exit 1
  fi
}

has_postgres() {
  command -v initdb >/dev/null || ls /usr/lib/postgresql/*/bin/initdb /opt/homebrew/opt/postgresql/bin/initdb >/dev/null 2>&1
}

# The same places as in tests/helpers/dovecot.ts.
has_dovecot() {
  [ -x /usr/sbin/dovecot ] || [ -x /usr/local/sbin/dovecot ] || [ -x /opt/homebrew/sbin/dovecot ]
}

find_browser() {
  local name
  for name in "${CHROMIUM_PATH:-}" chromium chromium-browser google-chrome google-chrome-stable; do
    # Ubuntu's chromium-browser is only a pointer to a snap where snaps are not installed: it has to answer.
    if [ -n "$name" ] && command -v "$name" >/dev/null && "$name" --version >/dev/null 2>&1; then
      command -v "$name"
      return
    fi
  done
  for name in '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome' "$(playwright_browser)"; do
    if [ -x "$name" ]; then
      echo "$name"
      return
    fi
  done
}

# Where Playwright keeps a browser of its own, if someone had it fetch one.
playwright_browser() {
  node -e "console.log(require('playwright').chromium.executablePath())" 2>/dev/null || true
}

install() {
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then return; fi
  echo "$2"
  { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends "$1"; } >/dev/null || true
}

main "$@"
