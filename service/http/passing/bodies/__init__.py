"""What requests bring: refused by route, size, kind and sender before it is read, then taken in under limits.

`policy` says what each route takes; `stream` and `budget` are what `passing.receiving` reads by; `kinds` and
`multipart` make sense of it; `request` is where handlers find it; `connection` ties it to the server.
"""
