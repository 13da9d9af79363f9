"""A language bundle through OpenVINO GenAI and nothing else, for comparison.

    python -m hallscribe_bench.budget.bare_language BUNDLE NEW_TOKENS

Reads prompts as JSON strings, one a line; prints for each a JSON object: seconds, tokens read, tokens written, and the
speed of both in tokens a second.
"""

from __future__ import annotations

import json
import sys
import time

import openvino_genai


def main() -> None:
    """Load with the library's own defaults, answer greedily, never end early."""
    model = openvino_genai.LLMPipeline(sys.argv[1], "CPU")
    tokenizer = model.get_tokenizer()
    asked = model.get_generation_config()
    asked.do_sample, asked.apply_chat_template = False, False
    for line in sys.stdin:
        prompt = json.loads(line)
        asked.max_new_tokens = int(sys.argv[2])
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
