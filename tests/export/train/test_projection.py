from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
import torch

from hallscribe_export.models.heads import Head as Described
from hallscribe_export.projection import applied
from hallscribe_export.train.pairs import PairVectors, as_bits
from hallscribe_export.train.projection import Head, HeadsCourse, HeadTrainer, contrast, train_heads

COURSE = HeadsCourse(steps=40, batch=64, hidden=32, noise=0.1, text_noise=0.1, seed=3)
KNOWN = [f"fact={number}" for number in range(12)]


def pairs(seed: int, count: int = 200) -> PairVectors:
    """Pictures and texts that mix the same facts, each with its own matrix, far from the origin."""
    fixed, rng = np.random.default_rng(0), np.random.default_rng(seed)
    seen, written = fixed.normal(size=(12, 24)), fixed.normal(size=(12, 16))
    has = rng.random((count, 12)) < 0.3
    has[np.arange(count), rng.integers(0, 12, count)] = True
    visual = has @ seen + 40 + rng.normal(0, 0.1, (count, 24))
    texts = has @ written + rng.normal(0, 0.1, (count, 16))
    rows = np.arange(count)
    bits = as_bits([frozenset(np.array(KNOWN)[row].tolist()) for row in has], KNOWN)
    unit = texts / np.linalg.norm(texts, axis=1, keepdims=True)
    together = np.stack([rows, rows], axis=1)
    return PairVectors(visual.astype(np.float32), unit.astype(np.float32), together, rows // 20, rows, bits, bits)


@pytest.mark.parametrize(("learnt", "steps"), [("loss", 40), ("facts", 80)])
def test_words_find_pictures_that_no_step_saw(learnt: str, steps: int) -> None:
    given = pairs(1)
    if learnt == "loss":  # With the pairs alone, theirs is what falls.
        given = dataclasses.replace(given, stated=np.zeros_like(given.stated))
    result = train_heads(given, pairs(2), dataclasses.replace(COURSE, steps=steps))
    assert result.metrics["hit@5"] > 0.8
    assert result.history[0]["hit@5"] < 0.5
    assert result.history[-1][learnt] < result.history[0][learnt] / 2
    assert result.metrics["mrr"] == max(row["mrr"] for row in result.history)
    assert 0 < result.match_cosine < 1
    assert result.metrics["f1"] > 0.25


def test_noise_is_added_while_it_learns_and_not_when_it_is_measured() -> None:
    learnt, held_out = pairs(1), pairs(2)
    quiet, loud = (
        HeadTrainer(learnt, held_out, dataclasses.replace(COURSE, noise=noise), "cpu") for noise in (0.0, 0.9)
    )
    for trainer in (quiet, loud):
        trainer.look([{"loss": 0.0}])
    assert quiet.history == loud.history
    assert loud.step()["loss"] > quiet.step()["loss"]


@pytest.mark.parametrize("hidden", [None, 32])
def test_its_parameters_are_those_of_the_file(hidden: int | None) -> None:
    result = train_heads(pairs(1), pairs(2), dataclasses.replace(COURSE, hidden=hidden, steps=3))
    rows = np.random.default_rng(1).normal(size=(5, 24)).astype(np.float32)
    described = Described(space="x", dimensions=24, layer_norm=True, hidden=hidden)
    head = Head(24, hidden)
    own = {name[len("visual.") :]: torch.from_numpy(each) for name, each in result.weights.items() if "visual" in name}
    head.load_state_dict(own)
    with torch.no_grad():
        made = head(torch.from_numpy(rows)).numpy()
    assert made == pytest.approx(applied(result.weights, "visual", described, rows), abs=2e-6)


def test_the_same_seed_gives_the_same_bytes_and_another_does_not() -> None:
    one, two = (train_heads(pairs(1), pairs(2), COURSE) for _ in range(2))
    other = train_heads(pairs(1), pairs(2), dataclasses.replace(COURSE, seed=4))
    assert {name: each.tobytes() for name, each in one.weights.items()} == {
        name: each.tobytes() for name, each in two.weights.items()
    }
    assert one.history == two.history
    assert one.weights["text.output.weight"].tobytes() != other.weights["text.output.weight"].tobytes()


def test_going_on_from_any_kept_state_ends_in_the_same_bytes() -> None:
    states: list[dict[str, Any]] = []

    def keep(trainer: HeadTrainer) -> None:
        if trainer.done in (7, 40):
            states.append(_copied(trainer.state()))

    whole = train_heads(pairs(1), pairs(2), COURSE, keep=keep)
    for state in states:
        again = train_heads(pairs(1), pairs(2), COURSE, state=state)
        assert again.history == whole.history
        assert again.match_cosine == whole.match_cosine
        assert all((again.weights[name] == each).all() for name, each in whole.weights.items())


def _copied(state: Any) -> Any:
    if isinstance(state, dict):
        return {name: _copied(each) for name, each in state.items()}
    if isinstance(state, list):
        return [_copied(each) for each in state]
    return state.clone() if isinstance(state, torch.Tensor) else state


def test_training_leaves_the_chance_of_others_as_it_was() -> None:
    torch.manual_seed(5)
    before = torch.get_rng_state()
    train_heads(pairs(1), pairs(2), dataclasses.replace(COURSE, steps=1))
    assert torch.equal(before, torch.get_rng_state())


def test_the_loss_by_hand() -> None:
    near = torch.tensor([[2.0, 1.0], [0.0, 3.0]])
    own = torch.eye(2, dtype=torch.bool)
    e = np.exp
    to_texts = [np.log(e(2) / (e(2) + e(1))), np.log(e(3) / (e(0) + e(3)))]
    to_pictures = [np.log(e(2) / (e(2) + e(0))), np.log(e(3) / (e(1) + e(3)))]
    assert float(contrast(near, own)) == pytest.approx(-np.mean(to_texts + to_pictures), abs=1e-6)


def test_a_text_that_is_true_of_another_picture_is_a_right_one_for_it() -> None:
    near = torch.tensor([[2.0, 1.0], [0.0, 3.0]])
    fits = torch.tensor([[True, True], [False, True]])
    # The first picture and the second text have only right ones: nothing is lost there.
    to_texts = [0.0, np.log(np.exp(3) / (1 + np.exp(3)))]
    to_pictures = [np.log(np.exp(2) / (np.exp(2) + 1)), 0.0]
    assert float(contrast(near, fits)) == pytest.approx(-np.mean(to_texts + to_pictures), abs=1e-6)


def test_each_right_one_stands_against_the_wrong_ones_alone() -> None:
    near = torch.tensor([[2.0, 1.0, 0.5], [0.0, 3.0, 0.0], [0.0, 0.0, 4.0]])
    fits = torch.tensor([[True, True, False], [False, True, False], [False, False, True]])
    e = np.exp
    first = np.mean([np.log(e(right) / (e(right) + e(0.5))) for right in (2, 1)])
    to_texts = [first, np.log(e(3) / (e(3) + 2)), np.log(e(4) / (e(4) + 2))]
    second = np.mean([np.log(e(right) / (e(right) + 1)) for right in (1, 3)])
    to_pictures = [np.log(e(2) / (e(2) + 2)), second, np.log(e(4) / (e(4) + e(0.5) + 1))]
    assert float(contrast(near, fits)) == pytest.approx(-np.mean(to_texts + to_pictures), abs=1e-6)


def test_a_batch_in_which_everything_fits_loses_nothing() -> None:
    near = torch.zeros(3, 3, requires_grad=True)
    loss = contrast(near, torch.ones(3, 3, dtype=torch.bool))
    loss.backward()
    assert float(loss.detach()) == 0
    assert torch.isfinite(near.grad).all()


def test_too_little_to_learn_from_is_refused() -> None:
    with pytest.raises(ValueError, match="fewer than two pictures"):
        train_heads(pairs(1, 1), pairs(2), COURSE)
    with pytest.raises(ValueError, match="held out"):
        train_heads(pairs(1), pairs(2, 1), COURSE)


def test_what_speaks_of_no_picture_is_near_to_none() -> None:
    remarks = np.random.default_rng(9).normal(size=(60, 16)).astype(np.float32)
    remarks /= np.linalg.norm(remarks, axis=1, keepdims=True)
    nearest = {}
    for name, known in (("without", remarks[:0]), ("with", remarks[:50])):
        trainer = HeadTrainer(dataclasses.replace(pairs(1), remarks=known), pairs(2), COURSE, "cpu")
        for _ in range(COURSE.steps):
            trainer.step()
        trainer.look([{"loss": 0.0}])
        with torch.no_grad():
            looks = trainer.heads["visual"](torch.from_numpy(pairs(2).visual))
            nearest[name] = float(
                (looks @ trainer.heads["text"](torch.from_numpy(remarks[50:])).T).max(0).values.mean()
            )
        assert trainer.history[-1]["hit@5"] > 0.8
    assert nearest["with"] < 0.8 * nearest["without"]
