"""A list of cases that are functions without arguments, for the case files that make their clients themselves."""

import sys

CASES = []


def case(function):
    CASES.append(function)
    return function


def run():
    failed = 0
    for function in CASES:
        try:
            function()
            print(f"ok {function.__name__}", flush=True)
        except Exception as error:  # every case is to run
            failed += 1
            print(f"FAIL {function.__name__}: {type(error).__name__}: {error}", flush=True)
    sys.exit(1 if failed else 0)
