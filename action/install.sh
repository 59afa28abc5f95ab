#!/usr/bin/env bash
# Installs cofferdam into the runner's own folder and says where its program is.
set -euo pipefail

version=${INPUT_VERSION:-$(node -p 'require(process.argv[1]).version' "$GITHUB_ACTION_PATH/package.json")}
folder=$RUNNER_TEMP/cofferdam
mkdir -p "$folder"
cd "$folder"
npm install --prefix "$folder" --ignore-scripts --no-audit --no-fund --no-save --loglevel=error "cofferdam@$version" >&2
printf 'program=%s\n' "$folder/node_modules/cofferdam/dist/cli.js" >> "$GITHUB_OUTPUT"
