"""What is asked of a fitted model, and what an answer rests on."""
