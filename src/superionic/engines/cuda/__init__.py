"""NEP and molecular dynamics in CUDA C++, compiled where the user is; the same source runs on a CPU in tests."""
