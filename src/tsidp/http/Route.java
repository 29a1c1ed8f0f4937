package tsidp.http;

import java.io.IOException;
import java.util.Optional;
import java.util.Set;
import tsidp.protocol.Refusal;

/// A row of the table. Rows of one path differ in their methods, and in what answers those. Guard and endpoint are
/// bound to one type, so that an endpoint behind the wrong guard does not compile.
///
/// @param path exact; one segment may be `{id}`, which matches any text without `/`
/// @param maxBody in bytes; a longer body is refused
public record Route<T>(Set<String> methods, String path, Access<T> access, Reach reach, Origins origins,
        int maxBody, RefusalStyle refusals, Endpoint<T> endpoint) {

    public Route {
        methods = Set.copyOf(methods);
    }

    private static final String ID = "{id}";

    boolean isExact() {
        return !path.contains(ID);
    }

    /// The text that matches `{id}`; empty if the requested path does not match this one.
    Optional<String> id(String requested) {
        String before = path.substring(0, path.indexOf(ID));
        String after = path.substring(path.indexOf(ID) + ID.length());
        if (requested.length() <= before.length() + after.length() || !requested.startsWith(before)
                || !requested.endsWith(after)) {
            return Optional.empty();
        }
        String id = requested.substring(before.length(), requested.length() - after.length());
        return id.contains("/") ? Optional.empty() : Optional.of(id);
    }

    /// The answer. Whoever can be refused without the body is refused before it is read.
    Answer answer(Request head, Body body) throws Refusal, IOException {
        if (access.readsBody()) {
            Request request = body.appendedTo(head, maxBody);
            return endpoint.answer(request, access.admit(request));
        }
        T admitted = access.admit(head);
        return endpoint.answer(body.appendedTo(head, maxBody), admitted);
    }
}
