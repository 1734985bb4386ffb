"""抽查: draws of passed files, and the second look at them."""
