"""
A host to run the provider in: the part of Music Assistant's server that a player provider sees.

It does what the server does on the calls a player provider makes or gets, with the server's own
data models (``music-assistant-models``), and nothing else. What is private here by name is what the
real server keeps private under the same name and the installation relies on.
"""
