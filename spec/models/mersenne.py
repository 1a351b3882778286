"""The numbers behind a seed on the CPU: the Mersenne Twister, in plain Python."""

LOW = 0x7FFFFFFF
WORD = 0xFFFFFFFF


def words(seed: int, count: int) -> list[int]:
    """The first words of 32 bits that follow a seed, of which the last 32 bits count.

    A table of 624 words grows out of the seed. Each word of the output is one of the
    table with its bits mixed; when all have been given, the table is stirred.
    """
    table = [seed & WORD]
    for i in range(1, 624):
        last = table[-1]
        table.append((1812433253 * (last ^ last >> 30) + i) & WORD)
    given: list[int] = []
    while len(given) < count:
        for i in range(624):
            both = (table[i] & ~LOW & WORD) | (table[(i + 1) % 624] & LOW)
            twist = both >> 1 ^ (0x9908B0DF if both & 1 else 0)
            table[i] = table[(i + 397) % 624] ^ twist
        given += [_mixed(word) for word in table[: count - len(given)]]
    return given


def _mixed(word: int) -> int:
    word ^= word >> 11
    word ^= word << 7 & 0x9D2C5680
    word ^= word << 15 & 0xEFC60000
    return word ^ word >> 18


def floats(words: list[int]) -> list[float]:
    """The numbers in [0, 1) that words give: their last 24 bits, as a fraction."""
    return [(word & 0xFFFFFF) / 2**24 for word in words]


def integers(words: list[int], end: int) -> list[int]:
    """The numbers from 0 up to an end, without it, that words give."""
    return [word % end for word in words]
