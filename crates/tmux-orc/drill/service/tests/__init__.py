"""Tests, marked by tier: `smoke` (does it run at all), `critical` (what must never break), and all of them."""
