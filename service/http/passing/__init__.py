"""What each request passes before and while it is answered, one concern a module or folder; `request` leads through it.

In this order: protocol (bytes that can be read in one way only), bodies (what it brings), limits, identity (who asks),
access (who may come at all), security (forms and headers), overload (how much at once), idempotency_key (what is sent
again), captcha.
"""
