"""Every way a page can be laid out: what the modules of this package name in their ``LAYOUTS``."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from hallscribe_export.train.lecture.page import Layout

_MODULES = [import_module(f"{__name__}.{name}") for name in sorted(module.name for module in iter_modules(__path__))]
# By module, so that whoever draws a family first draws no kind more often for its many varieties.
FAMILIES: tuple[tuple[Layout, ...], ...] = tuple(module.LAYOUTS for module in _MODULES if hasattr(module, "LAYOUTS"))
