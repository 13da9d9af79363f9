"""All that doctor found, as values and as JSON; and the one sentence that follows from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from hallscribe_export.diagnosis.machine import Machine
from hallscribe_export.diagnosis.tiers import (
    Known,
    Pace,
    Summariser,
    best,
    choose_summariser,
    summariser_fit,
    words_per_second,
)

# A machine sold with 8 GB.
SMALL_MIB = 8e9 / 2**20
ANSWER_TOKENS = 150
# As many as the daemon takes at once.
_LECTURES = 4


@dataclass(frozen=True, slots=True)
class Tried:
    """A bundle that was run here, in one runtime.

    Attributes:
        what: one run: "picture", "clip of 16", "text", "row" or "token".
        failed: why it was not run, or "".
    """

    bundle: str
    model: str
    kind: str
    runtime: str
    what: str
    opened_s: float = 0.0
    latency_ms: float = 0.0
    peak_mib: float = 0.0
    anonymous_mib: float = 0.0
    failed: str = ""


@dataclass(frozen=True, slots=True)
class Clip:
    """A preset's clip, predicted: how long one takes, which is how often one can be had."""

    preset: str
    tier: str
    frames: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The machine, what was run on it, and what is to be expected of more."""

    machine: Machine
    tried: tuple[Tried, ...]
    paces: tuple[Pace, ...]
    clips: tuple[Clip, ...]
    known: Known

    @property
    def summariser(self) -> Summariser | None:
        """The one to use here."""
        return choose_summariser(self.known.summarisers, self.machine.memory_mib, self.known.reserve)

    def as_json(self) -> dict[str, Any]:
        """For machines."""
        return {
            "machine": {**asdict(self.machine), "threads": self.machine.threads},
            "bundles": [asdict(tried) for tried in self.tried],
            "tiers": [asdict(pace) for pace in self.paces],
            "clips": [asdict(clip) for clip in self.clips],
            "summarisers": [self._summariser_fields(each) for each in self.known.summarisers],
            "advice": advice(self),
        }

    def _summariser_fields(self, summariser: Summariser) -> dict[str, Any]:
        return {
            **summariser.model_dump(),
            "on_8_gb": summariser_fit(summariser, SMALL_MIB, self.known.reserve),
            "here": summariser_fit(summariser, self.machine.memory_mib, self.known.reserve),
            "tokens_per_s": round(words_per_second(summariser, self.machine.read_gb_s), 1),
        }


def advice(diagnosis: Diagnosis) -> str:
    """What a technician should do, in one sentence."""
    machine = diagnosis.machine
    encoder = _encoder_advice(diagnosis.paces, machine)
    summariser = diagnosis.summariser
    if summariser is None:
        words = "summaries stay extractive, a language model has no room in its memory"
    elif summariser_fit(summariser, machine.memory_mib, diagnosis.known.reserve) == "fits":
        words = f"{summariser.name} has room for summaries"
    else:
        words = f"{summariser.name} would run for summaries, slowly: it has to read its file again and again"
    slow = (
        "" if machine.multiplies_int8 else "; this processor has no INT8 products, a newer one is several times faster"
    )
    if machine.disturbed:
        slow += f"; other work kept {machine.busy:.1f} cores busy and all this too slow: ask again when it has ended"
    return f"{encoder}; {words}{slow}."


def _encoder_advice(paces: Sequence[Pace], machine: Machine) -> str:
    larger = [pace for pace in paces if pace.how == "predicted"]
    one, several = (best(larger, machine.free_mib, least) for least in (1, _LECTURES))
    here = best([pace for pace in paces if pace.how == "measured"], machine.free_mib)
    if one is not None:
        told = f"Take {one.name} on {one.runtime} ({_told(one)})"
        return told if several in (one, None) else f"{told}, {several.name} for {_LECTURES} lectures at once"
    if here is not None:
        return f"Stay with {here.name} ({_told(here)}): larger encoders are too slow here"
    return "No encoder keeps up with one frame a second here: use more or faster cores"


def _told(pace: Pace) -> str:
    many = "1 stream" if pace.streams == 1 else f"{pace.streams} streams"
    return f"{pace.how} {pace.latency_ms:.0f} ms a picture, {many} of one frame a second"
