"""Chooses a runtime's graph: the fastest that holds parity, its worst layers kept in full precision where they must."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from hallscribe_export.child import in_child
from hallscribe_export.progress import Progress
from hallscribe_export.quantise.ranking import rank_layers
from hallscribe_export.quantise.routes import Route, in_words
from hallscribe_export.quantise.trial import Bench, Candidate, Judge, attempt, timed
from hallscribed.adapters.models.manifest import RuntimeName

# So many more layers are kept at each step; a faster way stays faster only while few are.
_STEP, _SHARE = 4, 4
_RANKED_ON = 2
# A way that misses must be faster than this share of one that holds to be worth mending: each layer kept costs time.
_WORTH = 0.9


@dataclass(frozen=True, slots=True)
class Choice:
    """A runtime's graph, and all that were measured for it."""

    best: Candidate
    measured: tuple[Candidate, ...]

    def figures(self) -> dict[str, float]:
        """For a manifest's ``measured``: those of the best, and of every way where there were several."""
        runtime = self.best.runtime
        found = self.best.parity.figures(runtime)
        if len(self.measured) > 1:
            for each in self.measured:
                found[f"{each.route}_cosine_to_float32_{runtime}"] = round(each.parity.cosine, 6)
                found[f"{each.route}_centred_cosine_{runtime}"] = round(each.parity.centred_cosine, 6)
                if each.latency_ms is not None:
                    found[f"{each.route}_latency_ms_{runtime}"] = round(each.latency_ms, 3)
        return found


def choose(bench: Bench, runtime: RuntimeName, ways: Sequence[Route], judge: Judge, progress: Progress) -> Choice:
    """The best of ``ways``.

    Raises:
        ValueError: none holds parity, whatever is kept; the message says by how much and what would do.
    """
    found = [attempt(bench, runtime, route, (), judge, progress) for route in ways]
    if len(found) > 1:
        found = timed(found, bench, progress)
    mended = False
    # What holds as it is comes first: a way that misses is worth mending only where it would be clearly faster.
    for candidate in sorted(found, key=lambda each: (bool(each.missed), _time(each))):
        best = _fastest(found)
        if candidate.missed and (best is None or _time(candidate) < _WORTH * _time(best)):
            place = found.index(candidate)
            attempted = _mended(bench, candidate, judge, best is not None, progress)
            several = len(found) > 1 and not attempted.missed
            found[place] = timed([attempted], bench, progress)[0] if several else attempted
            mended = True
    holding = [each for each in found if not each.missed]
    if mended and len(holding) > 1:
        again = {each.route: each for each in timed(holding, bench, progress)}
        found = [again.get(each.route, each) for each in found]
    chosen = _fastest(found)
    if chosen is None:
        raise ValueError(_refusal(runtime, found))
    return Choice(chosen, tuple(found))


def _fastest(found: Sequence[Candidate]) -> Candidate | None:
    """Of those that hold."""
    return min((each for each in found if not each.missed), key=_time, default=None)


def _time(candidate: Candidate) -> float:
    return candidate.latency_ms or 0.0


def _mended(bench: Bench, candidate: Candidate, judge: Judge, spare: bool, progress: Progress) -> Candidate:
    """With as few of the worst layers in full precision as let it hold, or as many as may be kept.

    Args:
        spare: another way holds already: at most a quarter of the layers are kept then.
    """
    runtime, route = candidate.runtime, candidate.route
    if route in ("full", "bf16"):
        return candidate
    ranked = _ranked(bench, runtime, route, progress)
    most = len(ranked) // _SHARE if spare else len(ranked)
    if not most:
        return candidate
    # Beside a way that holds, the most that may be kept comes first: where that is not enough, nothing less is.
    for count in (most, *_fewer(most), most) if spare else (*_fewer(most), most):
        candidate = attempt(bench, runtime, route, tuple(ranked[:count]), judge, progress)
        if bool(candidate.missed) == (count == most):
            break
    return candidate


def _fewer(most: int) -> list[int]:
    """How many layers are kept before as many as may be: 1, 4, 16."""
    counts, count = [], 1
    while count < most:
        counts.append(count)
        count *= _STEP
    return counts


def _ranked(bench: Bench, runtime: RuntimeName, route: Route, progress: Progress) -> list[str]:
    progress.step(f"{runtime}, {route.replace('_', ' ')}: layers ranked by what they lose")
    folder = bench.folder / "ranked"
    folder.mkdir(exist_ok=True)
    ran = in_child(
        rank_layers,
        progress,
        work=asdict(bench.work),
        folder=folder,
        graph=bench.full.graph,
        products=bench.full.products,
        activations=route != "weights",
        **asdict(bench.calibrating.some(_RANKED_ON)),
    )
    return [layer for layer, _ in ran.result]


def _refusal(runtime: RuntimeName, found: Sequence[Candidate]) -> str:
    told = "; ".join(f"{in_words(each.route)}: {', '.join(each.missed)}" for each in found)
    return (
        f"on {runtime} parity with full precision is missed, with every linear layer that may be kept in it kept "
        f"({told}): nothing was written; give --precision fp32"
    )
