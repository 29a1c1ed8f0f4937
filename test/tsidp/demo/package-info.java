/// `make demo`: the provider on loopback beside a make-believe tailnet, and an application that signs people in there.
///
/// ```
/// browser ──▶ DemoApplication ── "who are you" ──▶ FakeTailnet ◀── whois ── the provider (tsidp.DemoServer)
///    │             │                                                            ▲
///    │             └─ LoginAttempt ─▶ RelyingParty ── /token, /userinfo, JWKS ──┤
///    │                                     └──▶ SignedIn or LoginException      │
///    └── /authorize ────────────────────────────────────────────────────────────┘
/// ```
///
/// The application does what a careful one does (OpenID Connect Core §3.1, RFC 9700 §2.1): a code with PKCE, state and
/// nonce, `iss` compared, the ID token verified before a claim of it is shown. One thing is of the demo alone: the
/// issuer's name exists on the make-believe tailnet only, so its endpoints' paths are asked on loopback.
package tsidp.demo;
