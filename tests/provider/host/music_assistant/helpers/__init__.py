"""
Helpers of the server.
"""
