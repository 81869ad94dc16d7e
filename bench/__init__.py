"""Benchmarks that anyone can run: KeyVault beside two baselines in one run, as ratios (``make bench``)."""
