"""撤销决定 and 撤销办结: pages that take back what already had effect."""
