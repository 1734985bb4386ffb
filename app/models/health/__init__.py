"""Is the database this instance's own, whole and in its place."""
