package tsidp.endpoint;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import tsidp.client.Client;
import tsidp.client.Clients;
import tsidp.http.Access;
import tsidp.http.Request;
import tsidp.protocol.OAuthError;
import tsidp.protocol.Parameters;
import tsidp.protocol.Refusal;
import tsidp.protocol.Secrets;

/// Admits a client that authenticates (RFC 6749 §2.3.1), with HTTP Basic or with `client_id` and `client_secret` in the
/// body. A public client only identifies itself.
public record ClientAccess(Clients clients) implements Access<ClientAccess.Authenticated> {

    /// An authenticated client, and the parameters of its request, none of the standards' repeated.
    public record Authenticated(Client client, Parameters parameters) {
    }

    /// @param secret empty if none was sent
    private record Credentials(String id, String secret) {
    }

    @Override
    public Authenticated admit(Request request) throws Refusal {
        Parameters parameters = request.form();
        parameters.refuseRepeated();
        Credentials credentials = credentials(request, parameters);
        Client client = clients.find(credentials.id()).orElseThrow(() -> failed("unknown client"));
        boolean namesItself = client.isPublic() && credentials.secret().isEmpty();
        boolean provesItself = !client.secret().isEmpty() && Secrets.equal(client.secret(), credentials.secret());
        if (!namesItself && !provesItself) {
            throw failed("wrong or missing secret of client " + client.id());
        }
        return new Authenticated(client, parameters);
    }

    @Override
    public boolean readsBody() {
        return true;
    }

    private static Credentials credentials(Request request, Parameters parameters) throws Refusal {
        Optional<String> id = parameters.get("client_id");
        Optional<String> secret = parameters.get("client_secret");
        if (!request.hasHeader("Authorization")) {
            return new Credentials(id.orElseThrow(() -> failed("no client_id")), secret.orElse(""));
        }
        Credentials basic = basic(request.header("Authorization").orElse(""));
        // Some clients send the same twice: that is one authentication.
        boolean isSame = id.orElse(basic.id()).equals(basic.id())
                && Secrets.equal(secret.orElse(basic.secret()), basic.secret());
        if (!isSame) {
            throw new Refusal(OAuthError.INVALID_REQUEST,
                    "more than one client authentication method was used (RFC 6749, 2.3)");
        }
        return basic;
    }

    private static Credentials basic(String authorization) throws Refusal {
        if (!authorization.regionMatches(true, 0, "Basic ", 0, 6)) {
            throw failed("the scheme is not Basic");
        }
        try {
            String pair = new String(Base64.getDecoder().decode(authorization.substring(6).strip()),
                    StandardCharsets.ISO_8859_1);
            int colon = pair.indexOf(':');
            if (colon < 1) {
                throw failed("Basic credentials without a client id");
            }
            return new Credentials(decoded(pair.substring(0, colon)), decoded(pair.substring(colon + 1)));
        } catch (IllegalArgumentException malformed) {
            throw failed("malformed Basic credentials");
        }
    }

    /// RFC 6749 §2.3.1: id and secret are form-encoded before they are joined.
    private static String decoded(String encoded) throws Refusal {
        if (encoded.indexOf('&') >= 0) {
            throw failed("malformed Basic credentials");
        }
        try {
            return Parameters.parse("v=" + encoded).get("v").orElse("");
        } catch (Refusal malformed) {
            throw failed("malformed Basic credentials");
        }
    }

    private static Refusal failed(String detail) {
        return new Refusal(OAuthError.INVALID_CLIENT, "client authentication failed", detail);
    }
}
