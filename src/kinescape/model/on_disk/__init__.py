"""A fitted model as files: its parts, its influences, its edges with their strengths."""
