package tsidp.protocol;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// The scope of an authorization: the requested scope values that we support, in the client's order.
///
/// @param values never empty
public record Scopes(List<String> values) {

    /// Those of the Go tsidp (OpenID Connect Core §5.4).
    public static final Scopes STANDARD = new Scopes(List.of("openid", "email", "profile"));

    /// Every supported scope value, as listed in the metadata.
    public static final List<String> SUPPORTED = List.of("openid", "email", "profile", "groups");

    public Scopes {
        values = List.copyOf(values);
    }

    /// The scope that a request asks for. Unknown values are ignored (OpenID Connect Core §3.1.2.1); a request without
    /// a known scope value means `openid`.
    public static Scopes requested(Optional<String> scope) {
        List<String> known = Stream.of(scope.orElse("").split(" ")).filter(SUPPORTED::contains).distinct().toList();
        return new Scopes(known.isEmpty() ? List.of("openid") : known);
    }

    /// These and the others.
    public Scopes and(Scopes others) {
        return new Scopes(Stream.concat(values.stream(), others.values.stream()).distinct().toList());
    }

    /// Whether a value was granted.
    public boolean has(String value) {
        return values.contains(value);
    }

    /// The scope of a refreshed access token: what was granted, or the part of it that the request asks for.
    ///
    /// @throws Refusal (invalid_scope) if it asks for a known value that was not granted (RFC 6749 §6)
    public Scopes narrowed(Optional<String> scope) throws Refusal {
        if (scope.isEmpty()) {
            return this;
        }
        Scopes narrower = requested(scope);
        if (!values.containsAll(narrower.values)) {
            throw new Refusal(OAuthError.INVALID_SCOPE, "scope exceeds what was granted");
        }
        return narrower;
    }

    /// The scope of a token that this one is exchanged for: the part of it that the request asks for, or all of it if
    /// that is none. The answer tells the client (RFC 8693 §2.2.1).
    public Scopes exchanged(Optional<String> scope) {
        List<String> asked = scope.isEmpty() ? values : requested(scope).values;
        List<String> both = asked.stream().filter(values::contains).toList();
        return both.isEmpty() ? this : new Scopes(both);
    }

    /// As it appears in an answer: values separated by spaces.
    @Override
    public String toString() {
        return String.join(" ", values);
    }
}
