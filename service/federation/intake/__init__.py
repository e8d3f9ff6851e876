"""Taking in what other servers send: checked, stored durably, and only then answered.

`envelope` says what came and where it belongs; `keyring` and `lists` know who sends and whether they may; `door` puts
it together, `writer` stores what has been let in, many at a time.
"""
