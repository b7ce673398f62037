"""
The demonstration: the main job from sign-in to sign-out against the simulated Amazon.
"""
