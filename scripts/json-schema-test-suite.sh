#!/usr/bin/env bash
# Fetches the public JSON Schema Test Suite into the FOLDER given and prints where its root is then, which
# is what JSON_SCHEMA_TEST_SUITE_DIR names for the tests. npm has only old drafts of it; the source
# distribution of the Python package jsonschema has all of it. Needs python3 with pip.
set -euo pipefail
folder=$1
name=jsonschema-4.26.0
sha256=0c26707e2efad8aa1bfc5b7ce170f3fccc2e4918ff85989ba9ffa9facb2be326

mkdir -p "$folder"
printf '%s --hash=sha256:%s\n' "${name/-/==}" "$sha256" >"$folder/requirements.txt"
python3 -m pip download --quiet --disable-pip-version-check --no-deps --no-binary jsonschema \
  --require-hashes --requirement "$folder/requirements.txt" --dest "$folder" >&2
tar -xzf "$folder/$name.tar.gz" -C "$folder" "$name/json"
echo "$folder/$name/json"
