"""Code with its words coloured by Pygments, in a process of its own that can be killed.

One match of a lexer's regular expression can run for ever and holds the interpreter's lock
meanwhile: no thread and no look at the clock between two tokens ends it, only a signal does.
"""
