"""The protocol between servers: their JSON and our operations.

Reading order: what arrives is checked (signatures, origin), taken apart (vocabulary, read), and carried out by the
forum's operations.
"""
