"""Papers as PDF, and whether a printed one is genuine."""
