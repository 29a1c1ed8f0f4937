package tsidp.http;

import com.sun.net.httpserver.HttpExchange;
import tsidp.protocol.Refusal;

/// Determines who sent a request to a listener, and which parts of the request can be believed.
public interface CallerResolver {

    /// Who sent the request, and what it asks for.
    ///
    /// @throws Refusal if the request did not arrive the way that this listener requires
    Caller resolve(HttpExchange exchange) throws Refusal;
}
