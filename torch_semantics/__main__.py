"""``python -m torch_semantics``: the command line."""

from torch_semantics.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
