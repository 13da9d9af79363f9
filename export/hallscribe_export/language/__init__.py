"""From a Gemma checkpoint to what OpenVINO GenAI opens, a step in each module."""
