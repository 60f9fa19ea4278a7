"""Training of NEP4 models."""
