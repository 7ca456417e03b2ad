"""Phosphoproteomics: sites, their changes, and the kinases and phosphatases behind them."""
