package tsidp;

import static tsidp.http.Origins.CORS;
import static tsidp.http.Origins.NO_CORS;
import static tsidp.http.Origins.NO_CSRF;
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
import tsidp.endpoint.AuthorizationCodeGrant;
import tsidp.endpoint.AuthorizationEndpoint;
import tsidp.endpoint.BearerAccess;
import tsidp.endpoint.ClientAccess;
import tsidp.endpoint.IntrospectionEndpoint;
import tsidp.endpoint.JwksEndpoint;
import tsidp.endpoint.LogoutEndpoint;
import tsidp.endpoint.MetadataEndpoint;
import tsidp.endpoint.PersonAccess;
import tsidp.endpoint.RefreshTokenGrant;
import tsidp.endpoint.RegistrationAccess;
import tsidp.endpoint.RegistrationEndpoint;
import tsidp.endpoint.RegistrationManagementEndpoint;
import tsidp.endpoint.RevocationEndpoint;
import tsidp.endpoint.TokenEndpoint;
import tsidp.endpoint.TokenExchangeGrant;
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
import tsidp.page.Sessions;
import tsidp.page.SignInPages;
import tsidp.person.Administrator;
import tsidp.person.Registrar;
import tsidp.protocol.Issuer;
import tsidp.token.Presence;

/// The whole HTTP surface. Rows of one path differ in method and endpoint alone.
final class Routes {

    private static final Set<String> READ = Set.of("GET", "HEAD");
    private static final Set<String> GET = Set.of("GET");
    private static final Set<String> POST = Set.of("POST");
    private static final Set<String> BOTH = Set.of("GET", "POST");
    private static final Set<String> PUT = Set.of("PUT");
    private static final Set<String> DELETE = Set.of("DELETE");

    private Routes() {
    }

    static List<Route<?>> table(Supplier<Issuer> issuer, State state, PersonAccess person, Presence presence,
            boolean enablesSts, Log log) {
        var clock = state.clock();
        var clients = state.clients();
        var codes = state.codes();
        var signIns = state.signIns();
        var registrations = state.registrations();
        var revocation = state.revocation();
        var tokens = new FormTokens(state.store(), state.secrets());
        var notices = new Notices(clock);

        var anyone = new Anyone();
        Access<PersonAccess.Found> found = person::find;
        Access<Administrator> admin = request -> Administrator.of(person.admit(request),
                person.destination().get());
        Access<Registrar> registrar = request -> Registrar.of(person.admit(request), person.destination().get());
        var registered = new RegistrationAccess(registrations);
        var client = new ClientAccess(clients);
        var asker = new IntrospectionEndpoint.Admission(client, person, log);
        var bearer = new BearerAccess(signIns, presence);

        var openId = new MetadataEndpoint(issuer, enablesSts, true);
        var oauth = new MetadataEndpoint(issuer, enablesSts, false);
        var jwks = new JwksEndpoint(state.keys());
        var sessions = new Sessions(state.keys(), state.secrets(), clock);
        var consent = new ConsentPages(issuer, clients, state.consents(), revocation, sessions, tokens, notices, log);
        var authorize = new AuthorizationEndpoint(person, issuer, clients, codes, state.keys(), sessions, consent, log);
        var logout = new LogoutEndpoint(issuer, clients, state.keys(), sessions, revocation, tokens, log);
        var grantTypes = new HashMap<String, TokenEndpoint.GrantType>();
        grantTypes.put("authorization_code", new AuthorizationCodeGrant(codes, signIns));
        grantTypes.put("refresh_token", new RefreshTokenGrant(signIns, presence));
        if (enablesSts) {
            grantTypes.put(TokenExchangeGrant.NAME, new TokenExchangeGrant(signIns, presence, registrations));
        }
        var token = new TokenEndpoint(grantTypes, issuer, state.keys(), registrations, clock, log);
        var revoke = new RevocationEndpoint(signIns);
        var userInfo = new UserInfoEndpoint(issuer, clients, clock);
        var introspect = new IntrospectionEndpoint(issuer, signIns, presence, registrations, clock);
        var register = new RegistrationEndpoint(issuer, registrations, log);
        var self = new RegistrationManagementEndpoint(issuer, revocation, log);
        var api = new ClientsApi(clients, revocation, log);
        var pages = new ClientPages(api, issuer, tokens, notices);
        var live = new SignInPages(issuer, signIns, clients, clock, tokens, notices, log);
        var style = new AssetEndpoint("style.css", "text/css; charset=utf-8");
        var icon = new AssetEndpoint("favicon.svg", "image/svg+xml");
        var script = new AssetEndpoint("copy.js", "text/javascript; charset=utf-8");

        return List.of(
            // method   path                              caller      reach    origins  KiB refusals
            row(READ,   "/.well-known/openid-configuration", anyone,     WORLD,   CORS,    0,  JSON,   openId),
            row(READ,   "/.well-known/oauth-authorization-server", anyone,     WORLD,   CORS,    0,  JSON,   oauth),
            row(READ,   "/.well-known/jwks.json",          anyone,     WORLD,   CORS,    0,  JSON,   jwks),
            row(BOTH,   "/authorize",                      found,      TAILNET, NO_CORS, 64, PAGE,   authorize),
            row(GET,    "/consent",                        person,     TAILNET, NO_CSRF, 64, PAGE,   consent::list),
            row(POST,   "/consent",                        person,     TAILNET, NO_CSRF, 64, PAGE,   consent::decide),
            row(BOTH,   "/logout",                         person,     TAILNET, NO_CORS, 64, PAGE,   logout),
            row(POST,   "/token",                          client,     WORLD,   CORS,    16, JSON,   token),
            row(POST,   "/revoke",                         client,     WORLD,   CORS,    16, JSON,   revoke),
            row(BOTH,   "/userinfo",                       bearer,     WORLD,   CORS,    16, BEARER, userInfo),
            row(POST,   "/introspect",                     asker,      WORLD,   NO_CORS, 16, JSON,   introspect),
            row(POST,   "/register",                       registrar,  TAILNET, NO_CSRF, 16, JSON,   register),
            row(GET,    "/register/{id}",                  registered, TAILNET, CORS,    16, BEARER, self::read),
            row(PUT,    "/register/{id}",                  registered, TAILNET, CORS,    16, BEARER, self::update),
            row(DELETE, "/register/{id}",                  registered, TAILNET, CORS,    16, BEARER, self::remove),
            row(READ,   "/clients/",                       admin,      TAILNET, NO_CSRF, 0,  JSON,   api::list),
            row(POST,   "/clients/new",                    admin,      TAILNET, NO_CSRF, 64, JSON,   api::create),
            row(GET,    "/clients/{id}",                   admin,      TAILNET, NO_CSRF, 64, JSON,   api::show),
            row(PUT,    "/clients/{id}",                   admin,      TAILNET, NO_CSRF, 64, JSON,   api::update),
            row(DELETE, "/clients/{id}",                   admin,      TAILNET, NO_CSRF, 64, JSON,   api::remove),
            row(POST,   "/clients/{id}/regenerate-secret", admin,      TAILNET, NO_CSRF, 64, JSON,   api::newSecret),
            row(READ,   "/",                               admin,      TAILNET, NO_CSRF, 0,  PAGE,   pages::list),
            row(GET,    "/new",                            admin,      TAILNET, NO_CSRF, 64, PAGE,   pages::newClient),
            row(POST,   "/new",                            admin,      TAILNET, NO_CSRF, 64, PAGE,   pages::create),
            row(GET,    "/edit/{id}",                      admin,      TAILNET, NO_CSRF, 64, PAGE,   pages::show),
            row(POST,   "/edit/{id}",                      admin,      TAILNET, NO_CSRF, 64, PAGE,   pages::change),
            row(GET,    "/people",                         admin,      TAILNET, NO_CSRF, 64, PAGE,   live::listAll),
            row(POST,   "/people",                         admin,      TAILNET, NO_CSRF, 64, PAGE,   live::endAny),
            row(GET,    "/sign-ins",                       person,     TAILNET, NO_CSRF, 64, PAGE,   live::list),
            row(POST,   "/sign-ins",                       person,     TAILNET, NO_CSRF, 64, PAGE,   live::end),
            row(READ,   "/style.css",                      anyone,     WORLD,   NO_CORS, 0,  PAGE,   style),
            row(READ,   "/favicon.ico",                    anyone,     WORLD,   NO_CORS, 0,  PAGE,   icon),
            row(READ,   "/copy.js",                        anyone,     TAILNET, NO_CORS, 0,  PAGE,   script));
    }

    private static <T> Route<T> row(Set<String> methods, String path, Access<T> access, Reach reach, Origins origins,
            int maxKibibytes, RefusalStyle refusals, Endpoint<T> endpoint) {
        return new Route<>(methods, path, access, reach, origins, maxKibibytes * 1024, refusals, endpoint);
    }
}
