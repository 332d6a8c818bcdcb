"""A class without accounts: a code, a signed link, votes, a wall, sheets; gone when it closes."""
