"""Authlib, as a Flask application uses it, signs alice in: code with PKCE, ID token, userinfo, introspection, refresh.
Her browser is on her own device; the application is on the tagged server.

    python signin.py DESCRIPTION.json    (what `tailnet` printed)
"""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

from authlib.integrations.flask_client import OAuth
from flask import Flask, jsonify

from checks import LIMIT, Browser, check, description, finish

REDIRECT_URI = "https://app.example.com/callback"

tailnet = description(sys.argv[1])
# Authlib leaves connections to requests, which reads the proxy from the environment.
os.environ["HTTPS_PROXY"] = f"http://{tailnet['server']['proxy']}"
os.environ["REQUESTS_CA_BUNDLE"] = tailnet["trust"]


def application(registered, method):
    app = Flask("application")
    app.secret_key = os.urandom(16)
    oauth = OAuth(app)
    oauth.register(
        "tsidp",
        client_id=registered["client_id"],
        client_secret=registered.get("client_secret"),
        server_metadata_url=tailnet["issuer"] + "/.well-known/openid-configuration",
        client_kwargs={
            "scope": "openid email profile",
            "code_challenge_method": "S256",
            "token_endpoint_auth_method": method,
            "default_timeout": LIMIT,
        },
    )

    @app.get("/login")
    def login():
        return oauth.tsidp.authorize_redirect(REDIRECT_URI)

    @app.get("/callback")
    def callback():
        token = oauth.tsidp.authorize_access_token()  # checks state, nonce, signature, issuer, audience and times
        session = oauth.tsidp._get_oauth_client(**oauth.tsidp.load_server_metadata())
        session.token = token
        metadata = oauth.tsidp.load_server_metadata()
        answer = {"claims": token["userinfo"], "userinfo": oauth.tsidp.userinfo(token=token)}
        if method != "none":
            answer["introspection"] = session.introspect_token(
                metadata["introspection_endpoint"], token=token["access_token"], token_type_hint="access_token"
            ).json()
        answer["refreshed"] = session.refresh_token(metadata["token_endpoint"], refresh_token=token["refresh_token"])
        answer["newUserinfo"] = oauth.tsidp.userinfo(token=answer["refreshed"])
        answer["rotated"] = answer["refreshed"]["refresh_token"] != token["refresh_token"]
        return jsonify(answer)

    return app.test_client()


def signs_in(method, registered):
    browser = Browser(tailnet["alice"], tailnet["trust"])
    app = application(registered, method)
    there = app.get("/login")
    back = browser.get(there.headers["Location"], allow_redirects=False)
    location = back.headers.get("Location", "")
    if not check(f"{method}: redirected to the application", location.startswith(REDIRECT_URI + "?"),
                 f"{back.status_code} {location} {back.text}"):
        return
    response = app.get("/callback?" + location.partition("?")[2])
    if not check(f"{method}: tokens that Authlib accepts", response.status_code == 200, response.get_data(as_text=True)):
        return
    got = response.get_json()
    check(f"{method}: it is alice", got["claims"]["email"] == "alice@example.com", got["claims"])
    check(f"{method}: the groups that were granted", got["claims"].get("groups") == ["staff"], got["claims"])
    check(f"{method}: userinfo", got["userinfo"]["sub"] == got["claims"]["sub"], got["userinfo"])
    check(f"{method}: its name", got["userinfo"]["name"] == "Alice Example", got["userinfo"])
    if method != "none":
        check(f"{method}: introspection", got["introspection"]["active"] is True, got["introspection"])
    check(f"{method}: refresh rotates without a secret", got["rotated"] == (method == "none"), got["refreshed"])
    check(f"{method}: the new token works", got["newUserinfo"]["sub"] == got["claims"]["sub"], got["newUserinfo"])


def is_refused():
    browser = Browser(tailnet["server"], tailnet["trust"])
    back = browser.get(application(tailnet["client"], "client_secret_basic").get("/login").headers["Location"],
                       allow_redirects=False)
    check("a tagged device is refused", back.status_code == 403 and "code=" not in back.headers.get("Location", ""),
          f"{back.status_code} {back.headers}")


signs_in("client_secret_basic", tailnet["client"])
signs_in("client_secret_post", tailnet["client"])
signs_in("none", tailnet["public"])
is_refused()
finish()
