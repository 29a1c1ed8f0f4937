"""oauth2-proxy guards a page: alice signs in and sees it, bob is bob, the tagged device is refused.

    python signin.py DESCRIPTION.json OAUTH2_PROXY PORT    (what `tailnet` printed; the program; its port)
"""

import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

from checks import Browser, check, description, finish
from servers import protected_page, running

REFRESH_LIMIT = 20  # seconds, of which the cookie's age counts whole ones

tailnet = description(sys.argv[1])
program = sys.argv[2]
port = int(sys.argv[3])
here = f"http://127.0.0.1:{port}"

command = [
    program,
    "--provider=oidc",
    f"--oidc-issuer-url={tailnet['issuer']}",
    f"--client-id={tailnet['client']['client_id']}",
    f"--client-secret={tailnet['client']['client_secret']}",
    f"--redirect-url={here}/oauth2/callback",
    f"--provider-ca-file={tailnet['trust']}",
    "--code-challenge-method=S256",
    "--scope=openid email profile groups",
    "--email-domain=*",
    "--allowed-group=staff",
    f"--http-address=127.0.0.1:{port}",
    f"--upstream=http://127.0.0.1:{protected_page()}/",
    f"--cookie-secret={os.urandom(16).hex()}",
    "--cookie-secure=false",
    "--cookie-refresh=1s",  # so that a second visit uses the refresh token
    "--skip-provider-button",
    "--pass-user-headers",
]
# The proxy reaches the issuer as the tagged server does; the page that it guards is on this machine.
environment = {"HTTPS_PROXY": f"http://{tailnet['server']['proxy']}", "NO_PROXY": "127.0.0.1", "PATH": os.environ["PATH"]}


def visit(person):
    browser = Browser(tailnet[person], tailnet["trust"])
    return browser, browser.get(f"{here}/private")


with running(command, os.path.join(tailnet["directory"], "oauth2-proxy.log"), port, environment):
    browser, page = visit("alice")
    check("alice sees the page", page.status_code == 200, f"{page.status_code} {page.url} {page.text[:300]}")
    check("the page is told that it is alice", "X-Forwarded-Email: alice@example.com" in page.text, page.text[:300])
    check("and her groups", "X-Forwarded-Groups: staff" in page.text, page.text[:300])
    before = browser.cookies.get("_oauth2_proxy")
    deadline = time.monotonic() + REFRESH_LIMIT
    while page.status_code == 200 and browser.cookies.get("_oauth2_proxy") == before and time.monotonic() < deadline:
        time.sleep(0.1)
        page = browser.get(f"{here}/private", allow_redirects=False)
    check("she stays signed in by the refresh token",
          page.status_code == 200 and browser.cookies.get("_oauth2_proxy") != before, f"{page.status_code}")

    _, page = visit("bob")
    check("bob is bob", "X-Forwarded-Email: bob@example.com" in page.text, f"{page.status_code} {page.text[:300]}")

    _, page = visit("server")
    check("the tagged device is refused", page.status_code == 403 and page.url.startswith(tailnet["issuer"]),
          f"{page.status_code} {page.url}")
finish()
