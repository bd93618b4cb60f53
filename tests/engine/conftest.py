from hypothesis import settings

# The first example of a property imports and compiles a lot: no time limit per example.
settings.register_profile("engine", deadline=None)
settings.load_profile("engine")
