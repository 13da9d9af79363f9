#!/bin/sh
# Fails, with the difference, when the generated Python code in the repository is not what the protos give.
set -eu
cd "$(dirname "$0")/.."
fresh=$(mktemp -d)
trap 'rm -rf "$fresh"' EXIT
proto/generate.sh "$fresh"
if ! diff -r -u --exclude=__pycache__ --exclude=__init__.py clients/python/hallscribe/v1 "$fresh/hallscribe/v1"; then
  echo "clients/python/hallscribe/v1 is not what proto/ gives: run 'make proto' and commit the result." >&2
  exit 1
fi
