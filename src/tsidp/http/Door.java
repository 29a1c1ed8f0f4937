package tsidp.http;

import com.sun.net.httpserver.HttpExchange;
import tsidp.oauth.Refusal;

/// How requests come to a listener, and so what of them says who asks.
public interface Door {

    /// Who asks what.
    ///
    /// @throws Refusal if the request did not come through this door
    Arrival arrival(HttpExchange exchange) throws Refusal;
}
