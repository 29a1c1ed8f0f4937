package tsidp.endpoint;

import tsidp.http.Access;
import tsidp.http.Request;

/// Whoever asks, known or not.
public final class Anyone implements Access<Anyone> {

    @Override
    public Anyone admit(Request request) {
        return this;
    }
}
