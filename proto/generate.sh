#!/bin/sh
# Generates the Python code of the API into a folder (clients/python by default).
set -eu
cd "$(dirname "$0")/.."
out=${1:-clients/python}
bin=${BIN:-.venv/bin}
exec "$bin/python" -m grpc_tools.protoc -Iproto \
  --python_out="$out" --grpc_python_out="$out" \
  --plugin=protoc-gen-mypy="$bin/protoc-gen-mypy" --mypy_out="quiet:$out" \
  --plugin=protoc-gen-mypy_grpc="$bin/protoc-gen-mypy_grpc" --mypy_grpc_out="quiet:$out" \
  proto/hallscribe/v1/*.proto
