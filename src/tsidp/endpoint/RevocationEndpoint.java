package tsidp.endpoint;

import tsidp.endpoint.ClientAccess.Authenticated;
import tsidp.http.Answer;
import tsidp.http.Endpoint;
import tsidp.http.Request;
import tsidp.json.JsonObject;
import tsidp.protocol.Refusal;
import tsidp.token.SignIns;

/// The revocation endpoint (RFC 7009), by which a client ends its own tokens. An access token ends alone; a refresh
/// token takes its whole sign-in along (§2.1). `token_type_hint` is not needed: a token says which it is.
public record RevocationEndpoint(SignIns signIns) implements Endpoint<Authenticated> {

    /// RFC 7009 §2.2: a token that is not valid is no error, since it is what the client wants.
    @Override
    public Answer answer(Request request, Authenticated client) throws Refusal {
        signIns.revoke(client.parameters().require("token"), client.client().id());
        return new Answer.Document(200, JsonObject.EMPTY);
    }
}
