"""Builds a private bench beside the clone and runs the site and browser tests on it. Standard library only."""
