# shellcheck shell=bash
# Sourced by ./test: runs a suite under a time limit, reads its totals, and reports them all.

readonly LOGS=artifacts/test
readonly LOG_LINES_SHOWN=80
readonly LINES_OF_A_FAILURE=14
readonly LINES_OF_ALL_FAILURES=120

TOTAL_PASSED=0
TOTAL_FAILED=0
TOTAL_SKIPPED=0
REPORT=''
FAILURES=''
RUNNING=''

# Ctrl+C must reach the suite: timeout puts it into a process group of its own, where the terminal's signal does not come.
trap '[[ -z $RUNNING ]] || kill -TERM "$RUNNING" 2> /dev/null; exit 130' INT TERM

# suite NAME LIMIT READER COMMAND...
#   LIMIT   as timeout(1) takes it: 90s, 10m. A suite that hangs is a failure with a name.
#   READER  how the totals are read from the log: by_exit_code, from_xunit, from_vitest.
suite() {
  local name=$1 limit=$2 reader=$3 log="$LOGS/$1.log" started=$SECONDS code=0
  shift 3
  printf '%-24s' "$name"
  timeout --kill-after=15s "$limit" "$@" < /dev/null > "$log" 2>&1 &
  RUNNING=$!
  # Silent: bash has its own line for a process that died of a signal, and the log says it too.
  wait "$RUNNING" 2> /dev/null || code=$?
  RUNNING=''
  [[ $code -ne 124 && $code -ne 137 ]] || echo "$name did not end within $limit and was stopped." >> "$log"
  read_totals "$code" "$reader" "$log"
  record "$name" $((SECONDS - started))s
  [[ $FAILED -eq 0 ]] || show_failure "$log"
  [[ $FAILED -eq 0 ]] || FAILURES+="$(what_failed "$name" "$log")"$'\n'
  [[ $FAILED -eq 0 ]]
}

# A suite whose requirement is missing has not passed.
suite_could_not_run() {
  PASSED=0 FAILED=1 SKIPPED=0
  printf '%-24s' "$1"
  record "$1" "could not run: $2"
}

read_totals() {
  local code=$1 reader=$2 log=$3
  PASSED=0 FAILED=0 SKIPPED=0
  "$reader" "$log" "$code"
  # A runner that crashed, found nothing to run, or ended badly with all its tests passed is a failure of the suite itself.
  if [[ $FAILED -eq 0 && ($code -ne 0 || $((PASSED + SKIPPED)) -eq 0) ]]; then
    FAILED=1
    echo "The suite ended with exit code $code and these totals: $PASSED passed, $SKIPPED skipped." >> "$log"
  fi
}

by_exit_code() {
  [[ $2 -ne 0 ]] || PASSED=1
}

# "   Holdfast.Tests  Total: 12, Errors: 0, Failed: 1, Skipped: 2, Not Run: 0, Time: 0.512s"
from_xunit() {
  local line total errors
  line=$(plain "$1" | grep -E 'Total: [0-9]+, Errors: ' | tail -n 1)
  total=$(number_after 'Total:' "$line")
  errors=$(number_after 'Errors:' "$line")
  SKIPPED=$(number_after 'Skipped:' "$line")
  FAILED=$(number_after 'Failed:' "$line")
  PASSED=$((total - FAILED - SKIPPED - $(number_after 'Not Run:' "$line")))
  FAILED=$((FAILED + errors))
}

# "      Tests  1 failed | 40 passed | 2 skipped (43)"
from_vitest() {
  local line
  line=$(plain "$1" | grep -E '^ *Tests +' | tail -n 1)
  PASSED=$(number_before 'passed' "$line")
  FAILED=$(number_before 'failed' "$line")
  SKIPPED=$(($(number_before 'skipped' "$line") + $(number_before 'todo' "$line")))
}

plain() {
  sed 's/\x1b\[[0-9;]*[A-Za-z]//g' "$1"
}

number_after() {
  local found
  found=$(sed -n "s/.*$1 \([0-9]*\).*/\1/p" <<< "$2")
  echo "${found:-0}"
}

number_before() {
  local found
  found=$(sed -n "s/.*[^0-9]\([0-9][0-9]*\) $1.*/\1/p" <<< "$2")
  echo "${found:-0}"
}

record() {
  local line
  TOTAL_PASSED=$((TOTAL_PASSED + PASSED))
  TOTAL_FAILED=$((TOTAL_FAILED + FAILED))
  TOTAL_SKIPPED=$((TOTAL_SKIPPED + SKIPPED))
  printf -v line '%7d passed %5d failed %5d skipped   %s' "$PASSED" "$FAILED" "$SKIPPED" "$2"
  echo "$line"
  printf -v line '%-24s%s' "$1" "$line"
  REPORT+=$line$'\n'
}

show_failure() {
  echo "--- the end of $1"
  tail -n "$LOG_LINES_SHOWN" "$1"
  echo "---"
}

# Each failed test with the first lines of its reason, and what a hung suite was at: whoever sees only the end of the output reads it there.
what_failed() {
  local found
  found=$(plain "$2" | grep -E -A "$LINES_OF_A_FAILURE" '\[FAIL\]|^ *FAIL |\[FATAL ERROR\]')
  found+=$'\n'$(plain "$2" | grep -E 'Long Running Test|Catastrophic failure|did not end within|ended with exit code' | tail -n 8)
  [[ -n ${found//[[:space:]]/} ]] || found=$(tail -n "$LINES_OF_A_FAILURE" "$2")
  printf '%s:\n%s\n' "$1" "$found"
}

# The last line is read by machines.
report() {
  printf '\n%s\n' "$REPORT"
  [[ -z $FAILURES ]] || printf '%s\n' "$FAILURES" | head -n "$LINES_OF_ALL_FAILURES"
  printf '%d passed, %d failed' "$TOTAL_PASSED" "$TOTAL_FAILED"
  [[ $TOTAL_SKIPPED -eq 0 ]] || printf ', %d skipped' "$TOTAL_SKIPPED"
  printf '\n'
  [[ $TOTAL_FAILED -eq 0 ]]
}
