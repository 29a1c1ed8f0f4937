package tsidp;

import static tsidp.http.Origins.ANY;
import static tsidp.http.Origins.SAME;
import static tsidp.http.RefusalStyle.BEARER;
import static tsidp.http.RefusalStyle.JSON;
import static tsidp.http.RefusalStyle.PAGE;

import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import tsidp.endpoint.Anyone;
import tsidp.endpoint.AssetEndpoint;
import tsidp.endpoint.AuthorizationEndpoint;
import tsidp.endpoint.BearerAccess;
import tsidp.endpoint.ClientAccess;
import tsidp.endpoint.CodeGrant;
import tsidp.endpoint.IntrospectionEndpoint;
import tsidp.endpoint.JwksEndpoint;
import tsidp.endpoint.MetadataEndpoint;
import tsidp.endpoint.PersonAccess;
import tsidp.endpoint.RefreshGrant;
import tsidp.endpoint.TokenEndpoint;
import tsidp.endpoint.UserInfoEndpoint;
import tsidp.http.Access;
import tsidp.http.Endpoint;
import tsidp.http.Origins;
import tsidp.http.RefusalStyle;
import tsidp.http.Route;
import tsidp.log.Log;
import tsidp.oauth.Issuer;
import tsidp.tailnet.LocalApi;

/// The whole HTTP surface.
final class Routes {

    private static final int KIB = 1024;

    private static final Set<String> READ = Set.of("GET", "HEAD");
    private static final Set<String> POST = Set.of("POST");
    private static final Set<String> GET_POST = Set.of("GET", "POST");

    private Routes() {
    }

    static List<Route<?>> table(Supplier<Issuer> issuer, State state, LocalApi localApi, InstantSource clock, Log log) {
        var anyone = new Anyone();
        var person = new PersonAccess(localApi);
        var client = new ClientAccess(state.clients());
        var bearer = new BearerAccess(state.grants());
        var maybeClient = IntrospectionEndpoint.access(client, log);
        var openId = MetadataEndpoint.openId(issuer);
        var oauth = MetadataEndpoint.oauth(issuer);
        var jwks = new JwksEndpoint(state.keys());
        var authorize = new AuthorizationEndpoint(issuer, state.clients(), state.codes(), clock, log);
        var token = TokenEndpoint.of(new CodeGrant(state.codes(), state.grants(), log),
                new RefreshGrant(state.grants(), log), issuer, state.keys(), log);
        var userInfo = new UserInfoEndpoint(issuer, log);
        var introspect = new IntrospectionEndpoint(issuer, state.grants(), log);
        var style = new AssetEndpoint("style.css", "text/css; charset=utf-8");
        return List.of(
            // methods   path                                       caller       origins body      refusals
            row(READ,     "/.well-known/openid-configuration",       anyone,      ANY,  0,         JSON,   openId),
            row(READ,     "/.well-known/oauth-authorization-server", anyone,      ANY,  0,         JSON,   oauth),
            row(READ,     "/.well-known/jwks.json",                  anyone,      ANY,  0,         JSON,   jwks),
            row(GET_POST, "/authorize",                              person,      SAME, 64 * KIB,  PAGE,   authorize),
            row(POST,     "/token",                                  client,      ANY,  64 * KIB,  JSON,   token),
            row(GET_POST, "/userinfo",                               bearer,      ANY,  64 * KIB,  BEARER, userInfo),
            row(POST,     "/introspect",                             maybeClient, SAME, 64 * KIB,  JSON,   introspect),
            row(READ,     "/style.css",                              anyone,      SAME, 0,         PAGE,   style));
    }

    private static <T> Route<T> row(Set<String> methods, String path, Access<T> access, Origins origins,
            int maxBody, RefusalStyle refusals, Endpoint<T> endpoint) {
        return new Route<>(methods, path, access, origins, maxBody, refusals, endpoint);
    }
}
