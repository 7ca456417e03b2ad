"""A study: a folder with `study.toml`, checked as a whole, run step by step, resumable."""
