"""Narrowing an interval by overwriting its ends."""

WRONG = """
def search(out, a, key):
    lo = 0
    hi = len(a)
    while lo < hi:
        mid = (lo + hi) // 2
        if a[mid] < key:
            lo = mid + 1
        else:
            hi = mid
    out += lo
"""
SAID = {"loop-carried": ((7, 5), (9, 5))}
MENDED = """
def search(out, a, key):
    lo = 0
    hi = len(a)
    while lo < hi:
        if a[(lo + hi) // 2] < key:
            lo = keep((lo + hi) // 2 + 1)
        else:
            hi = keep((lo + hi) // 2)
    out += lo
"""
ARGS = (0, [1, 3, 5, 7, 9], 7)
RESULT = {"out": 3}
