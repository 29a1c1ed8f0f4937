package tsidp.oauth;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Collection;
import java.util.List;
import java.util.function.Consumer;

/// Resource indicators (RFC 8707): what a client wants to reach with a token, and what the tailnet's policy allows.
public final class Resources {

    /// Ours, the length in characters: they are kept with every token that is given for them.
    private static final int MAX_COUNT = 16;
    private static final int MAX_LENGTH = 512;

    private Resources() {
    }

    /// The resources that a request names, each an absolute URI without a fragment (RFC 8707 §2).
    ///
    /// @throws Refusal (invalid_target)
    public static List<String> requested(Parameters parameters) throws Refusal {
        List<String> resources = parameters.all("resource").stream().distinct().toList();
        refuseExcess(resources);
        for (String resource : resources) {
            if (!isAbsoluteWithoutFragment(resource)) {
                throw new Refusal(OAuthError.INVALID_TARGET, "resource must be an absolute URI without a fragment");
            }
        }
        return resources;
    }

    /// Refuses too many, or too long ones.
    ///
    /// @throws Refusal (invalid_target)
    public static void refuseExcess(Collection<String> resources) throws Refusal {
        if (resources.size() > MAX_COUNT || resources.stream().anyMatch(text -> text.length() > MAX_LENGTH)) {
            throw new Refusal(OAuthError.INVALID_TARGET, "there are too many resources, or one is too long");
        }
    }

    private static boolean isAbsoluteWithoutFragment(String resource) {
        try {
            var uri = new URI(resource);
            return uri.isAbsolute() && uri.getRawFragment() == null;
        } catch (URISyntaxException malformed) {
            return false;
        }
    }

    /// Those of the resources that a token may be for: the ones that the policy allows to the person, as the Go tsidp
    /// does. Faults of the policy's rules are handed to `faults`.
    ///
    /// @throws Refusal (invalid_target) if there are some, and none of them is allowed
    public static List<String> allowed(Person person, List<String> resources, Consumer<String> faults) throws Refusal {
        List<String> allowed = Capabilities.of(person, faults).allowed(person, resources);
        if (allowed.isEmpty() && !resources.isEmpty()) {
            throw new Refusal(OAuthError.INVALID_TARGET,
                    "no grant of the tailnet policy allows this resource to this person",
                    "resources " + String.join(" ", resources) + " person " + person.loginName());
        }
        return allowed;
    }

    /// The resources of a token that is given for an earlier grant: those of the request, or the grant's if it names
    /// none (RFC 8707 §2.2).
    ///
    /// @throws Refusal (invalid_target) if the request names one that the grant, which has some, has not
    public static List<String> narrowed(List<String> granted, List<String> requested) throws Refusal {
        if (requested.isEmpty()) {
            return granted;
        }
        if (!granted.isEmpty() && !granted.containsAll(requested)) {
            throw new Refusal(OAuthError.INVALID_TARGET, "resource goes beyond what was granted");
        }
        return requested;
    }
}
