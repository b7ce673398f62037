"""
Base classes of what a provider brings.
"""
