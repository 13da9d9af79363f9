"""Two heads that take pictures and words to one space, learnt from pairs; the encoders stay as they are.

The loss is InfoNCE (van den Oord et al. 2018, arXiv 1807.03748) both ways with a learnt temperature, as in CLIP
(Radford et al. 2021, arXiv 2103.00020), where a text that is true of several pictures is a right one for each. Where
pairs say their facts, the heads also learn to rank pictures as these facts do (``stating``). What is said of the
subject alone is held away from every picture: else each question is taken to ask for one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from hallscribe_export.graph.port import Array
from hallscribe_export.models.heads import LAYER_NORM_EPS, TEXT, VISUAL
from hallscribe_export.progress import Progress, Silent
from hallscribe_export.train.hardware import training_device
from hallscribe_export.train.normaliser import Normaliser
from hallscribe_export.train.pairs import PairVectors, Rows, of_bits
from hallscribe_export.train.retrieval import chance, match_cosine, pool_of, ranked
from hallscribe_export.train.schedule import rate_at
from hallscribe_export.train.stating import Stating, learnable, ranking_loss
from hallscribed.domain.embedding import JOINT_DIMENSIONS, Matrix

_BETAS = (0.9, 0.98)
_LOUDEST = 1.0
_WARM_UP = 0.05
_FIRST_TEMPERATURE, _LEAST_TEMPERATURE = 0.07, 0.01
# The held-out pairs are looked at so many times in all.
_LOOKS = 40
# What lies between pictures and texts is learnt so many times as fast.
_FACTS_RATE = 2.0
# So many remarks are held against a batch's pictures, and this much they count.
_REMARKS, _REMARKS_COUNT = 128, 30.0


@dataclass(frozen=True, slots=True)
class HeadsCourse:
    """How heads are trained.

    Attributes:
        batch: pairs in a step.
        hidden: width of the layer between; None for linear heads.
        rate: the highest learning rate; it rises at first and falls as a cosine.
        same_lecture: share of a batch whose pictures are taken many from one lecture.
        noise, text_noise: what is added to normalised vectors of pictures and texts, in deviations of their columns:
            so few vectors are not learnt by heart (Bishop 1995, "Training with noise is equivalent to Tikhonov
            regularization").
    """

    steps: int = 2000
    batch: int = 768
    hidden: int | None = 512
    rate: float = 1e-3
    decay: float = 0.1
    same_lecture: float = 0.25
    noise: float = 0.8
    text_noise: float = 0.8
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Learnt:
    """What came of it.

    Attributes:
        weights: parameters as ``models.heads`` names them, float32.
        match_cosine: from this cosine on a text and a picture belong together.
        metrics: of the best step on the pairs that were held out: mrr, hit@1, hit@5, f1, chance@5
            (hit@5 of an order drawn by lot), and its number.
        history: losses by step.
    """

    weights: dict[str, Array]
    match_cosine: float
    metrics: dict[str, float]
    history: list[dict[str, float]]


class Head(nn.Module):
    """Normalise, linear, GELU, linear, then length 1; (N, D) to (N, 768)."""

    def __init__(self, width: int, hidden: int | None) -> None:
        super().__init__()
        self.norm = Normaliser(width, LAYER_NORM_EPS)
        self.hidden = None if hidden is None else nn.Linear(width, hidden)
        self.output = nn.Linear(width if hidden is None else hidden, JOINT_DIMENSIONS)

    def forward(self, x: Tensor, noise: Tensor | None = None) -> Tensor:
        """See the class; ``noise`` (N, D) is added to what was normalised, in deviations of its columns."""
        x = self.norm.noised(x, noise)
        if self.hidden is not None:
            x = functional.gelu(self.hidden(x))
        return functional.normalize(self.output(x), dim=-1)


class HeadTrainer:
    """The heads, the temperature, and what moves them; a step after the other."""

    def __init__(self, learnt: PairVectors, held_out: PairVectors, course: HeadsCourse, device: str) -> None:
        self.course, self.device = course, device
        self.done = 0
        self.history: list[dict[str, float]] = []
        self.best: dict[str, Any] = {"metrics": {"mrr": -1.0, "f1": -1.0}}
        self._pairs, self._held_out, self._pool = learnt, held_out, pool_of(held_out)
        self._visual, self._texts = (torch.from_numpy(each).to(device) for each in (learnt.visual, learnt.texts))
        self._remarks = torch.from_numpy(learnt.remarks).to(device)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(course.seed)
            self.heads = nn.ModuleDict(
                {name: Head(width, course.hidden) for name, width in _widths(learnt).items()}
            ).to(device)
            pictures, texts = (torch.from_numpy(np.unique(column)).to(device) for column in learnt.pairs.T)
            shown, said = self._visual[pictures], self._texts[texts]
            self.heads[VISUAL].norm.fit(shown)
            self.heads[TEXT].norm.fit(said)
            self._facts = learnable(learnt)
            self.stating = Stating(shown, said, len(self._facts)).to(device) if len(self._facts) else None
        self.scale = nn.Parameter(torch.tensor(math.log(1 / _FIRST_TEMPERATURE), device=device))
        self._optimiser = torch.optim.AdamW(self._groups(), course.rate, _BETAS)

    def _groups(self) -> list[dict[str, Any]]:
        heads, decay = list(self.heads.parameters()), self.course.decay
        groups = [
            {"params": [each for each in heads if each.ndim > 1], "weight_decay": decay, "faster": 1.0},
            {"params": [*(each for each in heads if each.ndim < 2), self.scale], "weight_decay": 0.0, "faster": 1.0},
        ]
        if self.stating is not None:
            learnt = [each for each in self.stating.parameters() if each.requires_grad]
            groups.append({"params": learnt, "weight_decay": decay / 2, "faster": _FACTS_RATE})
        return groups

    def state(self) -> dict[str, Any]:
        """All that the training needs to go on."""
        return {
            "done": self.done,
            "heads": self.heads.state_dict(),
            "stating": None if self.stating is None else self.stating.state_dict(),
            "scale": self.scale.detach(),
            "optimiser": self._optimiser.state_dict(),
            "best": self.best,
            "history": self.history,
        }

    def load(self, state: Mapping[str, Any]) -> None:
        """Go on from there."""
        self.done, self.best, self.history = state["done"], state["best"], list(state["history"])
        self.heads.load_state_dict(state["heads"])
        if self.stating is not None:
            self.stating.load_state_dict(state["stating"])
        self._optimiser.load_state_dict(state["optimiser"])
        with torch.no_grad():
            self.scale.copy_(state["scale"])

    def step(self) -> dict[str, float]:
        """One update; the losses, "loss" that of the pairs."""
        for group in self._optimiser.param_groups:
            group["lr"] = group["faster"] * rate_at(self.course.rate, self.done, self.course.steps, warm_up=_WARM_UP)
        losses = self._losses(np.random.default_rng((self.course.seed, self.done)))
        self._optimiser.zero_grad(set_to_none=True)
        torch.stack(list(losses.values())).sum().backward()
        for part in (self.heads, self.stating):
            if part is not None:
                nn.utils.clip_grad_norm_(part.parameters(), _LOUDEST)
        self._optimiser.step()
        self.done += 1
        return {name: float(loss.detach()) for name, loss in losses.items()}

    def _losses(self, rng: np.random.Generator) -> dict[str, Tensor]:
        """Of a batch: its pairs; the facts and the ranking by them, where texts state any; remarks, where there are."""
        course = self.course
        rows = self._pairs.batch(rng, course.batch, course.same_lecture)
        pictures, texts = self._pairs.pairs[rows].T
        fits = torch.from_numpy(self._pairs.true(pictures, rows)).to(self.device)
        seen = self._noised(self._visual, pictures, course.noise, rng)
        said = self._noised(self._texts, texts, course.text_noise, rng)
        looks = self.heads[VISUAL](*seen)
        near = looks @ self.heads[TEXT](*said).T * self.scale.exp().clamp(max=1 / _LEAST_TEMPERATURE)
        losses = {"loss": contrast(near, fits)}
        if self.stating is not None:
            true = self._true(self._pairs.facts[pictures]), self._true(self._pairs.stated[texts])
            losses["facts"] = self.stating.loss(seen, said, true)
            losses["ranking"] = ranking_loss(near, self.stating.likely(seen[0], said[0]))
        if len(self._remarks):
            rows = rng.integers(len(self._remarks), size=_REMARKS)
            remarks = self.heads[TEXT](*self._noised(self._remarks, rows, course.text_noise, rng))
            losses["remarks"] = _REMARKS_COUNT * functional.relu(looks @ remarks.T).square().mean()
        return losses

    def look(self, losses: list[dict[str, float]]) -> None:
        """Measure on the held-out pairs; keep the heads where they are better than before.

        Args:
            losses: of the steps since the last look.
        """
        cosines = self._cosines()
        threshold, f1 = match_cosine(cosines, self._pool.true)
        metrics = {**ranked(cosines, self._pool.true), "f1": f1}
        told = {
            "step": self.done,
            **{name: sum(each[name] for each in losses) / len(losses) for name in losses[0]},
            "temperature": float((-self.scale.detach()).exp()),
        }
        self.history.append({**told, **metrics})
        if (metrics["mrr"], f1) > (self.best["metrics"]["mrr"], self.best["metrics"]["f1"]):
            weights = {name: value.detach().cpu().clone() for name, value in self.heads.state_dict().items()}
            metrics |= {"chance@5": chance(self._pool.true), "step": float(self.done)}
            self.best = {"metrics": metrics, "match_cosine": threshold, "weights": weights}

    def _noised(self, vectors: Tensor, rows: Rows, share: float, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
        """Vectors, and noise of their shape."""
        noise = share * torch.from_numpy(rng.standard_normal((len(rows), vectors.shape[1]), np.float32))
        return vectors[torch.from_numpy(rows).to(self.device)], noise.to(self.device)

    def _true(self, bits: NDArray[np.uint64]) -> Tensor:
        """Which of the facts that are learnt, bool (N, facts)."""
        return torch.from_numpy(of_bits(bits)[:, self._facts]).to(self.device)

    def _cosines(self) -> Matrix:
        visual = torch.from_numpy(self._held_out.visual[self._pool.pictures]).to(self.device)
        texts = torch.from_numpy(self._held_out.texts[self._pool.texts]).to(self.device)
        with torch.no_grad():
            near = self.heads[VISUAL](visual) @ self.heads[TEXT](texts).T
        return np.asarray(near.cpu().numpy(), np.float32)


def train_heads(
    learnt: PairVectors,
    held_out: PairVectors,
    course: HeadsCourse,
    *,
    progress: Progress | None = None,
    state: Mapping[str, Any] | None = None,
    keep: Callable[[HeadTrainer], None] | None = None,
    device: str | None = None,
) -> Learnt:
    """Train heads on ``learnt``; the step that finds most in ``held_out`` counts.

    The same arguments give the same weights on the same kind of machine.

    Args:
        state: of ``HeadTrainer.state``, to go on from.
        keep: called whenever the held-out pairs were looked at: there the training can be ended and gone on with.
        device: as torch names it; else a GPU where there is one.

    Raises:
        ValueError: the pairs are too few or too much alike to learn or to measure anything.
    """
    if len(np.unique(learnt.pairs[:, 0])) < 2:
        raise ValueError("there are fewer than two pictures with texts to learn from: give more lectures")
    told = progress or Silent()
    trainer = HeadTrainer(learnt, held_out, course, device or training_device())
    if state is not None:
        trainer.load(state)
    every, losses = max(1, course.steps // _LOOKS), list[dict[str, float]]()
    while trainer.done < course.steps:
        losses.append(trainer.step())
        if trainer.done % every == 0 or trainer.done == course.steps:
            trainer.look(losses)
            losses = []
            if keep is not None:
                keep(trainer)
            told.advance(trainer.done, course.steps)
    best = trainer.best
    weights = {name: np.asarray(value.numpy(), np.float32) for name, value in best["weights"].items()}
    return Learnt(weights, best["match_cosine"], best["metrics"], trainer.history)


def contrast(near: Tensor, fits: Tensor) -> Tensor:
    """InfoNCE both ways: each right text of a picture against all that are wrong of it, and the other way round.

    Args:
        near: scaled cosines of pictures (rows) and texts (columns), (B, B).
        fits: bool (B, B), which text is true of which picture; each of some, and the diagonal always.
    """
    return (_one_way(near, fits) + _one_way(near.T, fits.T)) / 2


def _one_way(near: Tensor, fits: Tensor) -> Tensor:
    wrong = torch.logsumexp(near.masked_fill(fits, float("-inf")), dim=1, keepdim=True)
    # The rights of a row do not compete with each other: log(exp(right) + sum of exp(wrong)) - right.
    losses = functional.softplus(wrong - near).masked_fill(~fits, 0.0)
    return (losses.sum(1) / fits.sum(1)).mean()


def _widths(pairs: PairVectors) -> dict[str, int]:
    return {VISUAL: pairs.visual.shape[1], TEXT: pairs.texts.shape[1]}
