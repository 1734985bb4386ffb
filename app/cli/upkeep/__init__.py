"""Commands that keep a site in order: the periodic work, and the proof that all is whole."""
