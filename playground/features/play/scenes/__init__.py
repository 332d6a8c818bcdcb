"""The scenes of the first page: a folder each, with an entry that says where it stands."""
