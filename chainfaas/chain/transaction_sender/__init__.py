"""The one place from which transactions leave: one sender a key, every effect once, whatever crashes."""
