package tsidp.http;

import java.util.Set;
import java.util.TreeSet;
import tsidp.oauth.Refusal;

/// A row of the table: guard and endpoint are bound to one type, so that an endpoint behind the wrong guard does not
/// compile.
///
/// @param path exact
/// @param maxBody in bytes; a longer body is refused
public record Route<T>(Set<String> methods, String path, Access<T> access, Origins origins, int maxBody,
        RefusalStyle refusals, Endpoint<T> endpoint) {

    /// Copies the set.
    public Route {
        methods = Set.copyOf(methods);
    }

    Answer answer(Request request) throws Refusal {
        return endpoint.answer(request, access.admit(request));
    }

    /// The value of `Allow` (RFC 9110 §10.2.1).
    String allow() {
        var allowed = new TreeSet<>(methods);
        if (origins == Origins.ANY) {
            allowed.add("OPTIONS");
        }
        return String.join(", ", allowed);
    }
}
