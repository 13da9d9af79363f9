"""A language bundle through OpenVINO GenAI and nothing else, for comparison.

    python -m hallscribe_bench.budget.bare_language BUNDLE NEW_TOKENS [THREADS]

With the library's own defaults, or on so many threads with what the daemon tells it. Reads prompts as JSON strings, one
a line; prints for each a JSON object: seconds, tokens read, tokens written, and the speed of both in tokens a second.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import openvino_genai

from hallscribed.adapters.models.bundle import load
from hallscribed.adapters.models.gemma import pipeline_settings


def main() -> None:
    """Load, answer greedily, never end early."""
    bundle, new_tokens, *threads = sys.argv[1:]
    settings = pipeline_settings(load(Path(bundle)), int(threads[0])) if threads else {}
    model = openvino_genai.LLMPipeline(bundle, "CPU", **settings)
    tokenizer = model.get_tokenizer()
    asked = model.get_generation_config()
    asked.do_sample, asked.apply_chat_template = False, False
    for line in sys.stdin:
        prompt = json.loads(line)
        asked.max_new_tokens = int(new_tokens)
        tokens = tokenizer.encode(prompt, add_special_tokens=False)
        begun = time.perf_counter()
        answer = model.generate(tokens, asked)
        took = time.perf_counter() - begun
        metrics, read = answer.perf_metrics, int(tokens.input_ids.shape[1])
        told = {
            "seconds": took,
            "read": read,
            "written": len(answer.tokens[0]),
            "read_per_s": 1000 * read / metrics.get_ttft().mean,
            "written_per_s": 1000 / metrics.get_tpot().mean,
        }
        print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main()
