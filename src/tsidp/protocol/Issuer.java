package tsidp.protocol;

/// The issuer: our name on the tailnet and the port on which we are reached. As text, `https://` and the name, then
/// `:port` unless that is 443 (OpenID Connect Discovery §3: the same text in metadata, tokens and answers).
///
/// @param host the DNS name, in lower case, without a final dot
public record Issuer(String host, int port) {

    /// The DNS suffix of our tailnet (MagicDNS): every machine on it is a name before that.
    public String tailnet() {
        return host.substring(host.indexOf('.') + 1);
    }

    /// The value of `iss`.
    public String url() {
        return "https://" + host + (port == 443 ? "" : ":" + port);
    }

    /// The URL of one of our paths.
    public String url(String path) {
        return url() + path;
    }
}
