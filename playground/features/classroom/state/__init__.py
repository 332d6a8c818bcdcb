"""What classes hold, and who may do what in them: plain state without server or files."""
