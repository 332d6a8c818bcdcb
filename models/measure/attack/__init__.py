"""What a class has of the app while somebody with a script does what they can against it."""
