"""What provider and controller say to each other: pure values with one strict reading and one spelling each.

``docs/reference/provider-protocol.md`` describes the messages. `messages` and its neighbours hold them, one
conversation a module; `multipart` carries those that have large contents beside them.
"""
