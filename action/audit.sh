#!/usr/bin/env bash
# Audits twice: once for the annotations, once for the SARIF file. The exit code is that of the first.
set -uo pipefail

cd "$GITHUB_WORKSPACE" || exit 2
options=(--fail-on "$INPUT_FAIL_ON")
[ -z "$INPUT_ONLY" ] || options+=(--only "$INPUT_ONLY")
[ -z "$INPUT_IGNORE" ] || options+=(--ignore "$INPUT_IGNORE")
[ -z "$INPUT_BASELINE" ] || options+=(--baseline "$INPUT_BASELINE")
case $INPUT_STRICT in
  true) options+=(--strict) ;;
  false) ;;
  *)
    echo "::error title=cofferdam::strict is true or false"
    exit 2
    ;;
esac

node "$COFFERDAM" audit "${options[@]}" --format github -- "$INPUT_PATH"
code=$?
printf 'exit-code=%s\n' "$code" >> "$GITHUB_OUTPUT"
if [ "$code" = 0 ] || [ "$code" = 1 ] || [ "$code" = 3 ]; then
  sarif=$RUNNER_TEMP/cofferdam.sarif
  # Not through --output: the folder is the runner's, and nothing of the workspace is on the way.
  node "$COFFERDAM" audit "${options[@]}" --format sarif -- "$INPUT_PATH" > "$sarif"
  again=$?
  if [ "$again" != "$code" ] || [ ! -s "$sarif" ]; then
    echo "::error title=cofferdam::The SARIF report could not be written (exit code $again after $code)"
    exit 2
  fi
  printf 'sarif=%s\n' "$sarif" >> "$GITHUB_OUTPUT"
fi
exit "$code"
