"""Models from the public hub: what of them is here, what arrives, and whether it is right.

From the ground up: `sentences`, `entry`, `cache`, `policy`, `request`, `faults`, `transfer`,
`downloads`.
"""
