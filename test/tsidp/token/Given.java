package tsidp.token;

import tsidp.store.StoreException;

/// Tokens that were given to a client.
record Given(SignIn signIn, AccessToken accessToken, String accessTokenText, String refreshTokenText) {

    static Given of(SignIns.Issued issued) throws StoreException {
        SignIns.Tokens tokens = issued.await();
        return new Given(issued.signIn(), issued.accessToken(), tokens.accessToken(), tokens.refreshToken());
    }
}
