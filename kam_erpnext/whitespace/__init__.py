"""What people do in the whitespace matrix: enter estimates, make opportunities, take it along as a file."""
