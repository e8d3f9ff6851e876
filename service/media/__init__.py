"""Images: bytes from strangers become safe bytes of our own, in processes of their own."""
