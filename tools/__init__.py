"""What maintainers run: the lock file of the small environment, releases."""
