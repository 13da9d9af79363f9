"""What a configuration names: whether it is there, before a service is restarted for it."""

from __future__ import annotations

import os
from collections.abc import Iterator

from hallscribed.adapters.models.bundle import (
    Bundle,
    default_encoder_path,
    default_text_path,
    glance,
)
from hallscribed.adapters.models.projection import check_joins
from hallscribed.adapters.models.vjepa import single_picture
from hallscribed.app.config import Config
from hallscribed.domain.errors import Misconfigured


def check_bundles(config: Config) -> None:
    """Look at the bundles that are named; large files are not read. Misconfigured tells of all that is wrong."""
    faults = list(_faults(config))
    if faults:
        raise Misconfigured("the configuration names what cannot be used:\n" + "\n".join(faults))


def _faults(config: Config) -> Iterator[str]:
    found: dict[str, Bundle] = {}
    for name in ("encoder", "text", "projection", "summariser"):
        path = getattr(config, name).bundle
        if path is not None:
            try:
                found[name] = _of_kind(name, glance(path))
            except Misconfigured as error:
                yield f"  {name}.bundle: {error}"
    if "projection" in found:
        try:
            encoder = found.get("encoder") or glance(default_encoder_path())
            check_joins(found["projection"], encoder, found.get("text") or glance(default_text_path()))
        except Misconfigured as error:
            yield f"  projection.bundle: {error}"


def _of_kind(name: str, bundle: Bundle) -> Bundle:
    if name == "encoder":
        single_picture(bundle)
    elif name == "summariser" and bundle.manifest.language is None:
        raise bundle.is_not("language")
    elif name == "text" and bundle.manifest.kind != "text":
        raise bundle.is_not("text")
    return bundle


def doubts(config: Config) -> list[str]:
    """What may be there by the time that the daemon starts, or for the user that it runs as, and is not here."""
    found = [f"[ingest] source_roots: {root} is no folder" for root in config.ingest.source_roots if not root.is_dir()]
    data = config.storage.data_dir
    nearest = next(each for each in (data, *data.parents) if each.exists())
    if not nearest.is_dir() or not os.access(nearest, os.W_OK | os.X_OK):
        found.append(f"[storage] data_dir: {nearest} cannot be written by this user")
    return found
