"""Checkpoints to bundles."""

import sys

# OpenVINO's converter and NNCF report each use to their maker over the network, each report from a fork of the whole
# process. Where this package cannot be imported they do without.
sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]
