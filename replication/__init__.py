"""What replicates the paper: materials, runs, figures and claims. Knows the paper, holds no physics."""
