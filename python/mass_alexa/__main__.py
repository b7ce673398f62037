"""
``python -m mass_alexa`` is the command ``mass-alexa``.
"""

from .cli import main

if __name__ == "__main__":
    main()
