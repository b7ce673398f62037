"""
Which promises of ``docs/scenarios.md`` are kept, according to the tests that carry their ids.
"""
