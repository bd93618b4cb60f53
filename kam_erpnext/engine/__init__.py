"""The method: pure functions on pandas frames and dataclasses.

Nothing in this package knows about a site. The data layer fills the frames from ERPNext, the command line
fills them from exported files, and the engine cannot tell which.
"""
