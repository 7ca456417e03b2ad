"""What speaks for a gene as a way round a drug: paths, precedents, measured responses."""
