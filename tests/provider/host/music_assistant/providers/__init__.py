"""
Where the server looks for providers.
"""
