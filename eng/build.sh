# shellcheck shell=bash
# Sourced by ./run and ./test: builds what is not up to date.
#
# A fingerprint is the list of the source files with size and time of change. It is taken before a build and written down after it
# succeeded, so an edit during the build, a deleted file and an older file put back are all noticed. Time stamps of the built files
# alone would not do: the compiler leaves an assembly alone when only the inside of its reference changed.

# Build nodes that stay behind would keep the output of the scripts open, and whoever reads it would wait for ever.
export MSBUILDDISABLENODEREUSE=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

readonly SERVER_DLL=src/Holdfast.Server/bin/Release/net10.0/Holdfast.Server.dll
readonly DASHBOARD_ASSETS=src/Holdfast.AspNetCore/Dashboard/assets
readonly FINGERPRINTS=artifacts/fingerprints

fingerprint() {
  find "$@" \( -name bin -o -name obj -o -name node_modules \) -prune -o -type f -printf '%p %s %T@\n' | LC_ALL=C sort | sha256sum
}

is_current() {
  [[ -f $FINGERPRINTS/$1 && $(< "$FINGERPRINTS/$1") == "$2" ]]
}

remember() {
  mkdir -p "$FINGERPRINTS"
  printf '%s\n' "$2" > "$FINGERPRINTS/$1"
}

node_major() {
  node --version 2>/dev/null | sed -n 's/^v\([0-9]*\).*/\1/p'
}

has_node() {
  local major
  major=$(node_major)
  [[ -n $major && $major -ge 20 ]] && command -v npm > /dev/null
}

has_dotnet() {
  dotnet --list-sdks 2>/dev/null | grep -q '^10\.'
}

install_dashboard_packages() {
  local now
  now=$(fingerprint dashboard/package.json dashboard/package-lock.json .npmrc)
  [[ -d dashboard/node_modules ]] && is_current packages "$now" && return 0
  (cd dashboard && npm ci --no-audit --no-fund) || return 1
  remember packages "$now"
}

build_dashboard() {
  local now
  now=$(fingerprint dashboard)
  [[ -d $DASHBOARD_ASSETS ]] && is_current dashboard "$now" && return 0
  install_dashboard_packages && (cd dashboard && npm run build) || return 1
  remember dashboard "$now"
}

# Everything that is compiled into the server, the built dashboard included.
server_fingerprint() {
  fingerprint src global.json Directory.Build.props Directory.Packages.props .editorconfig BannedSymbols.txt
}

build_server() {
  local now
  now=$(server_fingerprint)
  [[ -f $SERVER_DLL ]] && is_current server "$now" && return 0
  dotnet build src/Holdfast.Server --configuration Release --nologo --verbosity quiet || return 1
  remember server "$now"
}
