"""Sequences made up by choices that are guided by the state: plausible commands, and perturbed ones.

`generator.Generator` takes one step after another; where the choices come from - a seeded generator of numbers, or a
property-based testing tool that shrinks them - is the caller's affair.
"""
