package tsidp.endpoint;

import tsidp.http.Access;
import tsidp.http.Request;

/// Admits every request, authenticated or not.
public record Anyone() implements Access<Anyone> {

    @Override
    public Anyone admit(Request request) {
        return this;
    }
}
