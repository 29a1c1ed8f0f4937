package tsidp.token;

import java.util.List;
import tsidp.person.Person;
import tsidp.protocol.Scopes;

/// What a person authorized a client to have. Sign-ins are opened from it.
///
/// @param person as whois identified them
/// @param resources what the client may reach (RFC 8707); may be empty
/// @param session of the browser in which they did
public record Authorization(String clientId, Person person, Scopes scopes, List<String> resources,
        Session session) {

    public Authorization {
        resources = List.copyOf(resources);
    }

    /// The same, for other resources.
    public Authorization with(List<String> otherResources) {
        return new Authorization(clientId, person, scopes, otherResources, session);
    }
}
