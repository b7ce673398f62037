"""
Helpers of the web server.
"""
