# shellcheck shell=bash
# Sourced by ./test: installs what the tests need when it can, otherwise says exactly what is missing.

# command | Debian package | what needs it
readonly TOOLS='
chromium|chromium|the browser tests
/usr/lib/postgresql/15/bin/initdb|postgresql|the storage tests on PostgreSQL 15
/usr/bin/prometheus|prometheus|the tests of the metrics
python3|python3|the sample in Python
/usr/bin/promtool|prometheus|the tests of the metrics
'

missing_tools() {
  local command package reason
  while IFS='|' read -r command package reason; do
    [[ -z $command ]] || command -v "$command" > /dev/null || echo "$command|$package|$reason"
  done <<< "$TOOLS"
}

can_install() {
  [[ $(id -u) -eq 0 ]] && command -v apt-get > /dev/null
}

install_tools() {
  local packages
  packages=$(missing_tools | cut -d'|' -f2 | sort -u)
  [[ -n $packages ]] || return 0
  if can_install; then
    echo "Installing" $packages
    # Without the lists of packages apt-get finds nothing on a fresh machine.
    # shellcheck disable=SC2086 # a list of packages
    apt-get update -qq < /dev/null && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $packages < /dev/null
  fi > artifacts/test/setup.log 2>&1
  say_what_is_missing
}

say_what_is_missing() {
  local command package reason
  has_dotnet || echo "Missing: the .NET 10 SDK (everything but the dashboard needs it)."
  has_node || echo "Missing: Node 20 or newer with npm (the dashboard and its tests need it)."
  while IFS='|' read -r command package reason; do
    [[ -z $command ]] || echo "Missing: $command ($reason). As root: apt-get update && apt-get install -y $package"
  done < <(missing_tools)
}
