package tsidp;

import static tsidp.http.Origins.ANY;
import static tsidp.http.Origins.OWN;
import static tsidp.http.Origins.SAME;
import static tsidp.http.Reach.TAILNET;
import static tsidp.http.Reach.WORLD;
import static tsidp.http.RefusalStyle.BEARER;
import static tsidp.http.RefusalStyle.JSON;
import static tsidp.http.RefusalStyle.PAGE;

import java.util.HashMap;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import tsidp.admin.ClientPages;
import tsidp.admin.ClientsApi;
import tsidp.endpoint.Anyone;
import tsidp.endpoint.AssetEndpoint;
import tsidp.endpoint.AuthorizationEndpoint;
import tsidp.endpoint.BearerAccess;
import tsidp.endpoint.ClientAccess;
import tsidp.endpoint.CodeGrant;
import tsidp.endpoint.ExchangeGrant;
import tsidp.endpoint.IntrospectionEndpoint;
import tsidp.endpoint.JwksEndpoint;
import tsidp.endpoint.MetadataEndpoint;
import tsidp.endpoint.PersonAccess;
import tsidp.endpoint.RefreshGrant;
import tsidp.endpoint.RegistrationAccess;
import tsidp.endpoint.RegistrationEndpoint;
import tsidp.endpoint.RegistrationManagementEndpoint;
import tsidp.endpoint.TokenEndpoint;
import tsidp.endpoint.UserInfoEndpoint;
import tsidp.http.Access;
import tsidp.http.Endpoint;
import tsidp.http.Origins;
import tsidp.http.Reach;
import tsidp.http.RefusalStyle;
import tsidp.http.Route;
import tsidp.log.Log;
import tsidp.page.ConsentPages;
import tsidp.page.FormTokens;
import tsidp.page.Notices;
import tsidp.person.Administrator;
import tsidp.person.Registrar;
import tsidp.protocol.Issuer;

/// The whole HTTP surface.
final class Routes {

    private static final int K = 1024;

    private static final Set<String> GET = Set.of("GET", "HEAD");
    private static final Set<String> POST = Set.of("POST");
    private static final Set<String> BOTH = Set.of("GET", "POST");
    private static final Set<String> EDIT = Set.of("GET", "PUT", "DELETE");

    private Routes() {
    }

    static List<Route<?>> table(Supplier<Issuer> issuer, State state, PersonAccess person, boolean enablesSts,
            Log log) {
        var clock = state.clock();
        var clients = state.clients();
        var codes = state.codes();
        var grants = state.grants();
        var registrations = state.registrations();
        var revocation = state.revocation();
        var tokens = new FormTokens(state.secrets());
        var notices = new Notices(clock);

        var anyone = new Anyone();
        Access<Administrator> admin = request -> Administrator.of(person.admit(request), log.faults("grant"));
        Access<Registrar> registrar = request -> Registrar.of(person.admit(request), log.faults("grant"));
        var registered = new RegistrationAccess(registrations);
        var client = new ClientAccess(clients);
        var anyClient = new IntrospectionEndpoint.Admission(client, log);
        var bearer = new BearerAccess(grants);

        var openId = new MetadataEndpoint(issuer, enablesSts, true);
        var oauth = new MetadataEndpoint(issuer, enablesSts, false);
        var jwks = new JwksEndpoint(state.keys());
        var consent = new ConsentPages(issuer, clients, state.consents(), revocation, tokens, notices, log);
        var authorize = new AuthorizationEndpoint(issuer, clients, codes, consent, clock, log);
        var grantTypes = new HashMap<String, TokenEndpoint.GrantType>();
        grantTypes.put("authorization_code", new CodeGrant(codes, grants, registrations, log));
        grantTypes.put("refresh_token", new RefreshGrant(grants, log));
        if (enablesSts) {
            grantTypes.put(ExchangeGrant.NAME, new ExchangeGrant(grants, log));
        }
        var token = new TokenEndpoint(grantTypes, issuer, state.keys(), clock, log);
        var userInfo = new UserInfoEndpoint(issuer, clients, clock, log);
        var introspect = new IntrospectionEndpoint(issuer, grants, clock, log);
        var register = new RegistrationEndpoint(issuer, registrations, log);
        var management = new RegistrationManagementEndpoint(issuer, clients, revocation, log);
        var clientsApi = new ClientsApi(clients, revocation, log);
        var pages = new ClientPages(clientsApi, issuer, tokens, notices, log);
        var style = new AssetEndpoint("style.css", "text/css; charset=utf-8");
        var script = new AssetEndpoint("copy.js", "text/javascript; charset=utf-8");

        return List.of(
            // methods path                                      caller      reach    origins body  refusals
            row(GET,  "/.well-known/openid-configuration",       anyone,     WORLD,   ANY,  0,      JSON,   openId),
            row(GET,  "/.well-known/oauth-authorization-server", anyone,     WORLD,   ANY,  0,      JSON,   oauth),
            row(GET,  "/.well-known/jwks.json",                  anyone,     WORLD,   ANY,  0,      JSON,   jwks),
            row(BOTH, "/authorize",                              person,     TAILNET, SAME, 64 * K, PAGE,   authorize),
            row(BOTH, "/consent",                                person,     TAILNET, OWN,  64 * K, PAGE,   consent),
            row(POST, "/token",                                  client,     WORLD,   ANY,  16 * K, JSON,   token),
            row(BOTH, "/userinfo",                               bearer,     WORLD,   ANY,  16 * K, BEARER, userInfo),
            row(POST, "/introspect",                             anyClient,  WORLD,   SAME, 16 * K, JSON,   introspect),
            row(POST, "/register",                               registrar,  TAILNET, OWN,  16 * K, JSON,   register),
            row(EDIT, "/register/{id}",                          registered, TAILNET, ANY,  16 * K, BEARER, management),
            row(GET,  "/clients/",                               admin,      TAILNET, OWN,  0,      JSON,   clientsApi),
            row(POST, "/clients/new",                            admin,      TAILNET, OWN,  64 * K, JSON,   clientsApi),
            row(EDIT, "/clients/{id}",                           admin,      TAILNET, OWN,  64 * K, JSON,   clientsApi),
            row(POST, "/clients/{id}/regenerate-secret",         admin,      TAILNET, OWN,  64 * K, JSON,   clientsApi),
            row(GET,  "/",                                       admin,      TAILNET, OWN,  0,      PAGE,   pages),
            row(BOTH, "/new",                                    admin,      TAILNET, OWN,  64 * K, PAGE,   pages),
            row(BOTH, "/edit/{id}",                              admin,      TAILNET, OWN,  64 * K, PAGE,   pages),
            row(GET,  "/style.css",                              anyone,     WORLD,   SAME, 0,      PAGE,   style),
            row(GET,  "/copy.js",                                anyone,     TAILNET, SAME, 0,      PAGE,   script));
    }

    private static <T> Route<T> row(Set<String> methods, String path, Access<T> access, Reach reach, Origins origins,
            int maxBody, RefusalStyle refusals, Endpoint<T> endpoint) {
        return new Route<>(methods, path, access, reach, origins, maxBody, refusals, endpoint);
    }
}
