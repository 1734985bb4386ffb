"""Reading and writing of papers and tables."""
