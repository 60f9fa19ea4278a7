"""NEP and molecular dynamics in CUDA C++, compiled where the user is; in tests also for a CPU."""
