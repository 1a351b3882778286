"""The book: a site made from the specs, the notes and the runs.

``contents.py`` reads what there is to show, ``code.py`` cuts chapters into pieces,
``pages.py`` makes pages of it, and ``command.py`` writes them into a folder.
"""
