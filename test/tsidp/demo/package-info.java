/// `make demo`: the provider on loopback beside a simulated tailnet, and an application that signs people in there.
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
/// nonce, `iss` compared, the ID token verified before any claim is shown. Only one thing is special to the demo: the
/// issuer's name exists only on the simulated tailnet, so its endpoints are reached on loopback.
package tsidp.demo;
