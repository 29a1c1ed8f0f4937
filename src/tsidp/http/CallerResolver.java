package tsidp.http;

import com.sun.net.httpserver.HttpExchange;
import tsidp.protocol.Refusal;

/// Finds out who calls at a listener, and so which part of a request is believed.
public interface CallerResolver {

    /// Who asks what.
    ///
    /// @throws Refusal if the request did not come the way that this listener is for
    Caller resolve(HttpExchange exchange) throws Refusal;
}
