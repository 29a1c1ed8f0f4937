"""Apache with mod_auth_openidc guards a page: alice signs in and sees it, bob is bob, the tagged device is refused.

    python signin.py DESCRIPTION.json PORT    (what `tailnet` printed; Apache's port)
"""

import atexit
import os
import shutil
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

from checks import Browser, check, description, finish
from servers import protected_page, running

MODULES = "/usr/lib/apache2/modules"

tailnet = description(sys.argv[1])
port = int(sys.argv[2])
here = f"http://127.0.0.1:{port}"
log = os.path.join(tailnet["directory"], "apache.log")

# Apache's workers run as an account without access to our files, so what they need is where everybody can read it.
home = tempfile.mkdtemp(prefix="apache-")
os.chmod(home, 0o755)
atexit.register(shutil.rmtree, home)
trust = shutil.copy(tailnet["trust"], home)
os.chmod(trust, 0o644)

modules = "\n".join(
    f"LoadModule {name}_module {MODULES}/mod_{name}.so"
    for name in ["mpm_event", "authz_core", "authz_user", "authn_core", "proxy", "proxy_http", "auth_openidc"]
)
configuration = f"""
{modules}
ServerName 127.0.0.1
ServerRoot {home}
DefaultRuntimeDir {home}
PidFile {home}/pid
Listen 127.0.0.1:{port}
ErrorLog {log}
User www-data
Group www-data

OIDCProviderMetadataURL {tailnet['issuer']}/.well-known/openid-configuration
OIDCClientID {tailnet['client']['client_id']}
OIDCClientSecret {tailnet['client']['client_secret']}
OIDCRedirectURI {here}/callback
OIDCCryptoPassphrase {os.urandom(16).hex()}
OIDCScope "openid email profile"
OIDCPKCEMethod S256
OIDCOutgoingProxy {tailnet['server']['proxy']}
OIDCCABundlePath {trust}
OIDCRemoteUserClaim email

ProxyPass /callback !
ProxyPass / http://127.0.0.1:{protected_page()}/
<Location />
    AuthType openid-connect
    Require valid-user
</Location>
"""
with open(os.path.join(home, "apache.conf"), "w", encoding="utf-8") as file:
    file.write(configuration)


def visit(person):
    return Browser(tailnet[person], tailnet["trust"]).get(f"{here}/private")


command = ["apache2", "-f", os.path.join(home, "apache.conf"), "-DFOREGROUND"]
with running(command, log, port):
    page = visit("alice")
    check("alice sees the page", page.status_code == 200, f"{page.status_code} {page.url} {page.text[:300]}")
    for what, header in {
        "the page is told that it is alice": "OIDC_CLAIM_email: alice@example.com",
        "and her name, from userinfo": "OIDC_CLAIM_name: Alice Example",
        "and her device, from the ID token": "OIDC_CLAIM_node: alice-laptop.",
    }.items():
        check(what, header in page.text, page.text)

    page = visit("bob")
    check("bob is bob", "OIDC_CLAIM_email: bob@example.com" in page.text, f"{page.status_code} {page.text}")

    page = visit("server")
    check("the tagged device is refused", page.status_code == 403 and page.url.startswith(tailnet["issuer"]),
          f"{page.status_code} {page.url}")
finish()
