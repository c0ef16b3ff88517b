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

has_node() {
  local major
  major=$(node --version 2> /dev/null | sed -n 's/^v\([0-9]*\).*/\1/p')
  [[ -n $major && $major -ge 20 ]] && command -v npm > /dev/null
}

has_dotnet() {
  dotnet --list-sdks 2> /dev/null | grep -q '^10\.'
}

# Everything the server is made of: its projects, and the page that they embed.
server_fingerprint() {
  find src dashboard global.json Directory.Build.props Directory.Packages.props .editorconfig BannedSymbols.txt \
    \( -name bin -o -name obj -o -name node_modules -o -name assets -o -name .build-lock \) -prune \
    -o -type f -printf '%p %s %T@\n' | LC_ALL=C sort | sha256sum
}

server_is_current() {
  [[ -f $SERVER_DLL && -f $FINGERPRINTS/server && $(< $FINGERPRINTS/server) == "$1" ]] || return 1
  # A server that was built without Node has no page; once Node is there it is built again.
  [[ -d $DASHBOARD_ASSETS ]] || ! has_node
}

build_server() {
  local now
  now=$(server_fingerprint)
  ! server_is_current "$now" || return 0
  echo 'Building Holdfast: some minutes the first time, less than one later.'
  dotnet build src/Holdfast.Server --configuration Release --nologo --verbosity quiet || return 1
  mkdir -p "$FINGERPRINTS"
  printf '%s\n' "$now" > "$FINGERPRINTS/server"
}

npm_packages() {
  [[ dashboard/node_modules/.package-lock.json -nt dashboard/package-lock.json ]] || npm --prefix dashboard ci --no-audit --no-fund
}

build_dashboard() {
  npm_packages || return 1
  node dashboard/build/assets.mjs --if-stale
}
