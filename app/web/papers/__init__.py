"""PDF papers and their verification."""
