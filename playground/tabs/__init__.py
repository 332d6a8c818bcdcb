"""The places of the page, one file each: what stands there, and its handlers."""
