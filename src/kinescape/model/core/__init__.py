"""Inside the hierarchical core: kernels, evidence, features in place of large matrices, calibrated intervals."""
