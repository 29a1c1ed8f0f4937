/// The certificate of this machine's name.
///
/// ```
/// LocalApi ── cert NAME ──▶ CertificatePair, of PemBlock ◀── at start ── KeptCertificate, on disk
///                              ▲ before expiry, or when the name changes        ▲ each new one
///                         CertificateRenewal ───────────────────────────────────┤
///                                                                               ▼
///                                                CurrentCertificate ── SSLContext, of each handshake
/// ```
package tsidp.certificate;
