#!/usr/bin/env bash
# Fetches Project Wycheproof's test vectors and prints the folder they are in then, which is what WYCHEPROOF_DIR
# names for the tests. They come as a Go module, whose sum Go checks. Needs Go.
set -euo pipefail
module=github.com/c2sp/wycheproof@v0.0.0-20260902155932-3fa63dd0344a
sum=h1:pNbL2nztRsWfW/ispAwsvcDFxs9Id38uIsR2/Up5G2c=

downloaded=$(cd / && GOFLAGS=-mod=mod go mod download -json "$module")
member() { sed -n "s/^\t\"$1\": \"\(.*\)\",\?$/\1/p" <<<"$downloaded"; }
if [ "$(member Sum)" != "$sum" ]; then
  echo "The module has another sum than $sum" >&2
  exit 1
fi
echo "$(member Dir)/testvectors_v1"
