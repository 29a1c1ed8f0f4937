package tsidp.endpoint;

import java.util.Optional;
import tsidp.http.Access;
import tsidp.http.Request;
import tsidp.oauth.OAuthError;
import tsidp.oauth.Person;
import tsidp.oauth.Refusal;
import tsidp.tailnet.LocalApi;
import tsidp.tailnet.Peer;
import tsidp.tailnet.TailnetException;

/// Admits a person: asks whois, now, who is at the other end of this connection. Headers say nothing here. When there
/// is no answer, nobody is admitted.
public record PersonAccess(LocalApi localApi) implements Access<Person> {

    @Override
    public Person admit(Request request) throws Refusal {
        Peer peer = whois(request).orElseThrow(() -> new Refusal(OAuthError.ACCESS_DENIED,
                "this connection comes from no device of the tailnet that tailscaled knows"));
        if (peer.node().tagged()) {
            throw new Refusal(OAuthError.ACCESS_DENIED, "this device is tagged, so it belongs to no person:"
                    + " tagged nodes not supported", "node " + peer.node().name() + " tags "
                    + String.join(" ", peer.node().tags()));
        }
        return Person.at(peer);
    }

    private Optional<Peer> whois(Request request) throws Refusal {
        try {
            return localApi.whois(request.remote());
        } catch (TailnetException e) {
            throw new Refusal(OAuthError.TEMPORARILY_UNAVAILABLE, "tailscaled does not say who you are",
                    e.getMessage());
        }
    }
}
