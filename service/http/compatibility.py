"""Whom this server can be taken for: clients and peers decide by these two words what they send and show."""

SOFTWARE = "piefed"
VERSION = "1.6.18-pieloop"  # three numbers first: clients parse them and compare
