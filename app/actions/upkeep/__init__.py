"""Periodic work: what is due and who does it, the audit chain, what has expired."""
