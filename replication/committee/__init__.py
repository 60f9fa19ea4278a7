"""Our own potentials: their labels, training reports, stability trials and densities."""
