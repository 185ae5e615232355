#!/usr/bin/python3
"""All measurements, each in a guest of its own, as one table. About ten minutes."""

from __future__ import annotations

import sys

import accounts
import detect
import flood
import heal
import idle
import login
from common import main

if __name__ == "__main__":
    sys.exit(main(__doc__, *((part.measure, part.add_options) for part in (detect, login, heal, idle, accounts, flood))))
