"""The book: a site made from the specs, the notes and the runs.

The pages are made with Jinja2, and the code in them is highlighted by Pygments. A
generator of documentation would bring navigation and a search of its own; but the bars,
the matrix and the comparison, which is what the book is for, would still be templates
here, and its search takes code apart into words.

``contents.py`` reads what there is to show, ``code.py`` cuts chapters into pieces,
``pages.py`` makes pages of it, and ``command.py`` writes them into a folder.
"""
