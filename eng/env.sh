# shellcheck shell=bash
# Sourced by ./run and ./test: reads .env from the root of the repository.

# A name that is already in the environment wins. Settings of the server stay shell variables and are not exported: the server reads
# .env itself, and can then say that a wrong value stands in .env and not in the environment. Everything else (DOTNET_*, npm_*, CI)
# is meant for the tools that the scripts call.
read_env() {
  [[ -f .env ]] || return 0
  local line name value
  while IFS= read -r line || [[ -n $line ]]; do
    line=${line%$'\r'}
    [[ $line =~ ^[[:space:]]*(export[[:space:]]+)?([A-Za-z_][A-Za-z0-9_]*)[[:space:]]*=(.*)$ ]] || continue
    name=${BASH_REMATCH[2]}
    [[ -v $name ]] && continue
    value=$(unquote "${BASH_REMATCH[3]}")
    printf -v "$name" '%s' "$value"
    is_server_setting "$name" || export "${name?}"
  done < .env
}

unquote() {
  local value=$1
  value="${value#"${value%%[![:space:]]*}"}"
  value="${value%"${value##*[![:space:]]}"}"
  if [[ ${#value} -ge 2 && ($value == \"*\" || $value == \'*\') ]]; then
    value=${value:1:-1}
  fi
  printf '%s' "$value"
}

is_server_setting() {
  [[ $1 == PORT || $1 == HOLDFAST_* || $1 == MONITORING_* || $1 == METRICS_PERSISTER_* ]] && [[ $1 != HOLDFAST_TEST_* ]]
}
