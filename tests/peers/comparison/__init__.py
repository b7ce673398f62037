"""
What this project's client sends, held against what clients of other projects send.
"""
