"""What a visitor's runs leave, and the lab sheet."""
