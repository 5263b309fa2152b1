"""Parts for hosts that are built with a framework; each needs its extra, and imports public names only."""
