"""Guided practice of staff in chat: real commands, really run, on a customer who is gone again with the answer.

What names the sandbox (its phone, receipts, code and numbers) names nothing else, so every other line is meant for the
shop and done for real; practice waits meanwhile.
"""
