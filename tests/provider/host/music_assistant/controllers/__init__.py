"""
The controllers of the server that a player provider meets.
"""
