"""The figures of the budgets, each beside its floor: `python -m benchmarks`, or `make bench`.

A floor is the least that any program could do for the same purpose (start Python and load the two
libraries it needs, run the same SQL by hand). It is measured in the same run, in turns with ours,
so that a figure says the same on every machine.
"""
