package tsidp.demo;

import tsidp.json.JsonObject;

/// Somebody who is signed in: the verified ID token, what UserInfo says, and how to ask for both again.
///
/// @param refreshes how often they were refreshed
record SignedIn(JsonObject header, JsonObject claims, JsonObject userInfo, String refreshToken, int refreshes) {

    /// The name to show.
    String name() {
        return userInfo.string("name").or(() -> claims.string("preferred_username"))
                .or(() -> claims.string("sub")).orElseThrow();
    }
}
