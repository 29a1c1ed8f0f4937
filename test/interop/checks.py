"""Prints one line a check, in words that the suite counts; and a browser for the people of the tailnet."""

import json
import sys

import requests

LIMIT = 20  # seconds, for one request

failed = 0


def check(what, holds, detail=""):
    global failed
    print(f"ok {what}" if holds else f"not ok {what}: {detail}", flush=True)
    if not holds:
        failed += 1
    return holds


def finish():
    sys.exit(1 if failed else 0)


def description(path):
    """What `tailnet` printed."""
    with open(path, encoding="utf-8") as file:
        return json.load(file)


class Browser(requests.Session):
    """Keeps cookies and follows redirects; https leads into the tailnet from a device, http stays on this machine."""

    def __init__(self, device, trust):
        super().__init__()
        self.trust_env = False
        self.verify = trust
        self.proxies = {"https": f"http://{device['proxy']}"}
        self.headers["Accept"] = "text/html,application/xhtml+xml,*/*;q=0.8"

    def request(self, method, url, **options):
        options.setdefault("timeout", LIMIT)
        return super().request(method, url, **options)
