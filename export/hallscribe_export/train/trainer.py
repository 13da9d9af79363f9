"""The training of a small V-JEPA 2 on rendered lectures.

Three parts follow each other. First V-JEPA 2's own objective alone: the encoder sees some tokens of a clip of two
frames, and the predictor gives what a moving average of the encoder makes of the others. Then the encoder learns from
captions as well, and to tell one page from another, while the prediction goes on frame by frame: it sees each frame by
itself, as the daemon shows it single pictures, and the predictor joins them in time. Last the same with every token in
view.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from hallscribe_export.train.muon import Muon
from hallscribe_export.train.network import Network, Size
from hallscribe_export.train.objective import (
    Joining,
    Mask,
    Telling,
    block_mask,
    caption_loss,
    fact_loss,
    next_mask,
    page_loss,
    prediction_loss,
)

_WARM_UP = 0.04
_BETAS = (0.9, 0.98)
_LOUDEST = 1.0
# The moving average looks back over a hundred steps at first and later over a tenth of the training; of a short
# training over that tenth from the beginning.
_FIRST_MOMENTUM, _LEAST_MOMENTUM, _LOOKS_BACK = 0.99, 0.9, 0.1
# Beside captions and pages, prediction is learnt in two of so many steps, in these.
_CYCLE, _HIDDEN, _NEXT = 8, 1, 5
# Of a picture's tokens the encoder sees one in so many at first and later: what is left out costs nothing, and most can
# be said by what is left (Li et al. 2023, arXiv 2212.00794).
_FEW, _MANY = 4, 2


@dataclass(frozen=True, slots=True)
class Course:
    """How an encoder is trained.

    Attributes:
        pairs: of frames in a step.
        rate: the highest learning rate; it rises at first and falls as a cosine.
        prediction_only: share of the steps with V-JEPA's objective alone.
        few_tokens: share of the steps, the first ones, in which captions and pages are learnt from a quarter of a
            picture's tokens; then it is half of them.
        all_tokens: share of the steps, the last ones, in which captions and pages are learnt from whole pictures.
        hidden: width of the heads' layer between.
    """

    steps: int = 2000
    pairs: int = 96
    rate: float = 1e-3
    decay: float = 0.05
    prediction_only: float = 0.1
    few_tokens: float = 0.4
    all_tokens: float = 0.12
    hidden: int = 512
    seed: int = 1

    def part(self, step: int) -> int:
        """Which of the three parts a step belongs to."""
        if step < self.steps * self.prediction_only:
            return 0
        return 1 if step < self.steps * (1 - self.all_tokens) else 2

    def rate_at(self, step: int) -> float:
        """The learning rate of a step."""
        warm = max(1.0, self.steps * _WARM_UP)
        if step < warm:
            return self.rate * (step + 1) / warm
        done = (step - warm) / max(1.0, self.steps - warm)
        return self.rate * (0.01 + 0.99 * 0.5 * (1 + float(np.cos(np.pi * done))))

    def momentum_at(self, step: int) -> float:
        """How much of the moving average stays at a step."""
        last = max(_LEAST_MOMENTUM, 1 - 1 / (_LOOKS_BACK * self.steps))
        first = min(_FIRST_MOMENTUM, last)
        return first + (last - first) * step / self.steps


@dataclass(frozen=True, slots=True)
class Prepared:
    """A batch as the network takes it; tensors on the training device."""

    patches: Tensor
    page: Tensor
    step: Tensor
    texts: Tensor
    own: Tensor
    fits: Tensor
    facts: Tensor


def multiplies_bfloat16(device: str) -> bool:
    """Whether a device has instructions for bfloat16; without them it is many times slower than float32."""
    if device == "cpu":
        return any(torch.cpu.get_capabilities().get(name, False) for name in ("avx512_bf16", "amx_bf16", "bf16"))
    return bool(torch.cuda.is_bf16_supported(including_emulation=False))


class Trainer:
    """The network, its moving average, and what moves them; a step after the other."""

    def __init__(self, size: Size, course: Course, text_dimensions: int, facts: int, device: str) -> None:
        torch.manual_seed(course.seed)
        self.course, self.size, self.device = course, size, device
        self.network = Network(size).to(device)
        self.average = deepcopy(self.network.encoder).requires_grad_(False)
        self.joining = Joining(size, text_dimensions, course.hidden).to(device)
        self.telling = Telling(size, facts).to(device)
        self.optimisers = self._optimisers()
        self.done = 0
        self._places = torch.arange(size.grid**2, device=device)
        self._narrow = multiplies_bfloat16(device)

    def _optimisers(self) -> list[torch.optim.Optimizer]:
        """Muon for the layers' matrices: it makes more of each step. AdamW for the rest."""
        parts = (self.network, self.joining, self.telling)
        named = [each for part in parts for each in part.named_parameters()]
        layers = [each for name, each in named if ".layer." in name and each.ndim == 2]
        matrices = [
            each for name, each in named if ".layer." not in name and each.ndim >= 2 and "mask_tokens" not in name
        ]
        rest = [each for name, each in named if each.ndim < 2 or "mask_tokens" in name]
        course = self.course
        groups = [{"params": matrices, "weight_decay": course.decay}, {"params": rest, "weight_decay": 0.0}]
        return [
            Muon(layers, course.rate, course.decay),
            torch.optim.AdamW(groups, course.rate, _BETAS),
        ]

    def state(self) -> dict[str, Any]:
        """All that the training needs to go on."""
        return {
            "done": self.done,
            "network": self.network.state_dict(),
            "average": self.average.state_dict(),
            "joining": self.joining.state_dict(),
            "telling": self.telling.state_dict(),
            "optimisers": [each.state_dict() for each in self.optimisers],
        }

    def load(self, state: Mapping[str, Any]) -> None:
        """Go on from there."""
        self.done = state["done"]
        self.network.load_state_dict(state["network"])
        self.average.load_state_dict(state["average"])
        self.joining.load_state_dict(state["joining"])
        self.telling.load_state_dict(state["telling"])
        for optimiser, kept in zip(self.optimisers, state["optimisers"], strict=True):
            optimiser.load_state_dict(kept)

    def begin_from(self, state: Mapping[str, Any]) -> None:
        """Begin with what another training learnt; steps and rates count anew."""
        for part in ("network", "average", "joining"):
            getattr(self, part).load_state_dict(state[part])

    def begin_with(self, encoder: Mapping[str, Tensor], predictor: Mapping[str, Tensor]) -> None:
        """The same with weights alone. ValueError when they are of another size."""
        try:
            for part, weights in ((self.network.encoder, encoder), (self.network.predictor, predictor)):
                part.load_state_dict(weights)
            self.average.load_state_dict(encoder)
        except RuntimeError as error:
            raise ValueError(f"these are no weights of a network of this size: {error}") from error

    def step(self, batch: Prepared) -> dict[str, float]:
        """One update; the losses."""
        course, number = self.course, self.done
        rng = np.random.default_rng((course.seed, number, 1))
        for group in (group for each in self.optimisers for group in each.param_groups):
            group["lr"] = course.rate_at(number)
        part = course.part(number)
        with torch.autocast(self.device, dtype=torch.bfloat16, enabled=self._narrow):
            losses = self._predict(batch, rng) if part == 0 else self._join(batch, rng, part == 2)
        total = sum(losses.values(), torch.zeros((), device=self.device))
        self.network.zero_grad()
        self.joining.zero_grad()
        self.telling.zero_grad()
        total.backward()
        for part in (self.network, self.joining, self.telling):
            torch.nn.utils.clip_grad_norm_(part.parameters(), _LOUDEST)
        for optimiser in self.optimisers:
            optimiser.step()
        self._follow(course.momentum_at(number))
        self.done += 1
        return {name: float(loss.detach()) for name, loss in losses.items()}

    def _follow(self, momentum: float) -> None:
        with torch.no_grad():
            for mine, theirs in zip(self.average.parameters(), self.network.encoder.parameters(), strict=True):
                mine.lerp_(theirs, 1 - momentum)

    def _predict(self, batch: Prepared, rng: np.random.Generator) -> dict[str, Tensor]:
        """V-JEPA 2's objective on clips of two still tubelets."""
        first, second = batch.patches.chunk(2)
        clips = torch.cat([first, second], 1)
        places = torch.arange(clips.shape[1], device=self.device)
        mask = self._to_device(block_mask(rng, self.size.grid))
        with torch.no_grad():
            target = self.average(clips, places)[:, mask.asked]
        context = self.network.encoder(clips[:, mask.seen], mask.seen)
        return {"prediction": prediction_loss(self.network.predictor(context, mask.seen, mask.asked), target)}

    def _join(self, batch: Prepared, rng: np.random.Generator, whole: bool) -> dict[str, Tensor]:
        """Captions, facts, pages; in two of eight steps prediction, of what is hidden and of the frame that follows."""
        seen = self._places if whole else self._some(rng)
        pooled = self._encode(batch.patches, seen).mean(1).float()
        with torch.autocast(self.device, enabled=False):  # Small, and differences between like vectors are at stake.
            losses = {
                "captions": caption_loss(self.joining, pooled, batch.texts, batch.own, batch.fits),
                "facts": fact_loss(self.telling(pooled), batch.facts),
                "pages": page_loss(self.joining.scale(1), pooled, batch.page, batch.step),
            }
        kind = self.done % _CYCLE
        if kind in (_HIDDEN, _NEXT):
            # A quarter of the pairs does for the prediction, whose share of the time would else be the largest.
            some = slice(-(-len(batch.patches) // 8))
            first, second = (each[some] for each in batch.patches.chunk(2))
            losses |= self._foresee(first, second) if kind == _NEXT else self._fill(first, second, rng)
        return losses

    def _foresee(self, first: Tensor, second: Tensor) -> dict[str, Tensor]:
        """The predictor gives the second frame of pairs from the first."""
        mask = self._to_device(next_mask(self.size.grid))
        with torch.no_grad():
            target = self.average(second, self._places)
        predicted = self.network.predictor(self._encode(first, self._places), mask.seen, mask.asked)
        return {"next": prediction_loss(predicted, target)}

    def _fill(self, first: Tensor, second: Tensor, rng: np.random.Generator) -> dict[str, Tensor]:
        """The predictor gives what is hidden in both frames of pairs, each of which is encoded by itself."""
        mask = self._to_device(block_mask(rng, self.size.grid))
        seen = mask.seen[: len(mask.seen) // 2]
        with torch.no_grad():
            both = torch.cat([self.average(each, self._places) for each in (first, second)], 1)
        context = torch.cat([self._encode(each, seen) for each in (first, second)], 1)
        predicted = self.network.predictor(context, mask.seen, mask.asked)
        return {"prediction": prediction_loss(predicted, both[:, mask.asked])}

    def _encode(self, each: Tensor, places: Tensor) -> Tensor:
        return self.network.encoder(each[:, places], places)

    def _some(self, rng: np.random.Generator) -> Tensor:
        tokens = self.size.grid**2
        one_in = _FEW if self.done < self.course.few_tokens * self.course.steps else _MANY
        return torch.from_numpy(np.sort(rng.choice(tokens, tokens // one_in, replace=False))).to(self.device)

    def _to_device(self, mask: Mask) -> Mask:
        return Mask(mask.seen.to(self.device), mask.asked.to(self.device))
