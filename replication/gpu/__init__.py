"""`make gpu`: check and time the CUDA engine, produce flux; data/reduced/gpu_*.csv."""
