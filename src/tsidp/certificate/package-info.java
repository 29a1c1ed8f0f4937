/// The certificate of this machine's name.
///
/// ```
/// LocalApi ── cert NAME ──▶ CertificatePair, of PemBlock
///                              ▲ before expiry, or when the name changes
///                         CertificateRenewal ── replace ──▶ CurrentCertificate ── SSLContext
/// ```
package tsidp.certificate;
