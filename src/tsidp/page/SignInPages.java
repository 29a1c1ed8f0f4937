package tsidp.page;

import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.Supplier;
import tsidp.client.Client;
import tsidp.client.Clients;
import tsidp.client.Setting;
import tsidp.http.Answer;
import tsidp.http.Html;
import tsidp.http.Request;
import tsidp.log.Log;
import tsidp.page.Notices.Notice;
import tsidp.person.Administrator;
import tsidp.person.Person;
import tsidp.protocol.Issuer;
import tsidp.protocol.Parameters;
import tsidp.protocol.Refusal;
import tsidp.protocol.Secrets;
import tsidp.store.SteadyClock;
import tsidp.token.SignIn;
import tsidp.token.SignIns;

/// The sign-ins that have not ended: `/sign-ins`, where a person sees and ends their own, and `/people`, where an
/// administrator does so for anybody.
public record SignInPages(Supplier<Issuer> issuer, SignIns signIns, Clients clients, SteadyClock clock,
        FormTokens tokens, Notices notices, Log log) {

    private static final String OWN = "/sign-ins";
    private static final String ALL = "/people";

    /// Ours: rows on a page, those used last.
    private static final int MAX_ROWS = 200;

    private static final DateTimeFormatter MINUTE =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm 'UTC'", Locale.ROOT).withZone(ZoneOffset.UTC);

    /// A person's own.
    public Answer list(Request request, Person person) {
        return new Answer.Page(200, Layout.page("Your sign-ins", person, content(OWN, "Your sign-ins", person, "",
                signIn -> isOf(signIn, person))));
    }

    /// Ends one or all of a person's own.
    public Answer end(Request request, Person person) throws Refusal {
        return end(request, person, OWN, signIn -> isOf(signIn, person));
    }

    /// Everybody's, or those that `q` names: part of a login name, a device or a client.
    public Answer listAll(Request request, Administrator administrator) throws Refusal {
        String query = request.query().get("q").orElse("").strip();
        return new Answer.Page(200, Layout.admin("Sign-ins", administrator.person(), content(ALL, "Sign-ins",
                administrator.person(), query, matching(query))));
    }

    /// Ends one of anybody's, or all of those that `q` names.
    public Answer endAny(Request request, Administrator administrator) throws Refusal {
        return end(request, administrator.person(), ALL, matching(request.form().get("q").orElse("")));
    }

    private static boolean isOf(SignIn signIn, Person person) {
        return signIn.person().subject().equals(person.subject());
    }

    private Predicate<SignIn> matching(String query) {
        String wanted = query.toLowerCase(Locale.ROOT);
        return signIn -> (signIn.person().loginName() + "\n" + signIn.person().peer().node().name() + "\n"
                + signIn.clientId() + "\n" + name(signIn)).toLowerCase(Locale.ROOT).contains(wanted);
    }

    private Answer end(Request request, Person person, String path, Predicate<SignIn> mine) throws Refusal {
        Parameters form = request.form();
        tokens.require(form, person);
        String which = form.require("sign_in");
        signIns.end(signIn -> mine.test(signIn) && (which.equals("all") || which.equals(shown(signIn))),
                path.equals(OWN) ? "the person ended it" : "an administrator ended it");
        log.info("sign-ins ended", "by", person.described(), "which", which);
        return notices.redirect(person, path, new Notice(which.equals("all") ? "Signed out of all." : "Signed out.",
                false));
    }

    /// An id that is not part of a token.
    private static String shown(SignIn signIn) {
        return Secrets.leftHalf(signIn.id(), "SHA-256");
    }

    private String name(SignIn signIn) {
        return clients.find(signIn.clientId()).map(Client::name).filter(name -> !name.isBlank())
                .orElse("an unnamed application");
    }

    private Html content(String path, String title, Person person, String query, Predicate<SignIn> which) {
        List<SignIn> found = signIns.all().stream().filter(which)
                .sorted(Comparator.comparing(SignIn::used).reversed()).toList();
        List<Html> rows = found.stream().limit(MAX_ROWS).map(signIn -> row(path, signIn, person)).toList();
        Html search = path.equals(ALL) ? Html.template("sign-in-search.html", "q", query) : Html.NONE;
        Html end = Html.template("sign-in-end.html", Map.of("path", Html.text(path), "q", Html.text(query),
                "form_token", tokens.of(person)));
        String count = found.size() + (found.size() == 1 ? " sign-in" : " sign-ins")
                + (found.size() > MAX_ROWS ? ", of which these were used last" : "");
        return Html.template("sign-ins.html", Map.of("title", Html.text(title), "notice",
                Notices.html(notices.take(person, path)), "search", search, "count", Html.text(count), "rows",
                rows.isEmpty() ? Html.NONE : Html.template("consent-list.html", Map.of("rows", Html.of(rows))),
                "applications", path.equals(ALL) ? Html.NONE : applications(), "end",
                found.isEmpty() ? Html.NONE : end));
    }

    /// Where a sign-in can be started from here: by us, as a third party (OpenID Connect Core §4). Nobody is led to
    /// what a stranger registered.
    private Html applications() {
        List<Html> rows = clients.all().stream().filter(client -> !client.needsConsent())
                .sorted(Comparator.comparing(Client::name)).flatMap(client -> Setting.INITIATE_LOGIN_URI.of(client)
                .stream().map(uri -> application(client, uri))).toList();
        return rows.isEmpty() ? Html.NONE : Html.template("sign-in-start.html", Map.of("rows", Html.of(rows)));
    }

    private Html application(Client client, String uri) {
        String start = uri + (uri.indexOf('?') < 0 ? "?" : "&") + "iss="
                + URLEncoder.encode(issuer.get().url(), StandardCharsets.UTF_8);
        return Html.template("sign-in-start-row.html", Map.of("application",
                Html.text(client.name().isBlank() ? client.id() : client.name()), "host",
                Html.text(URI.create(uri).getAuthority()), "uri", Html.text(start)));
    }

    private Html row(String path, SignIn signIn, Person person) {
        return Html.template("sign-in-row.html", Map.of("path", Html.text(path), "application",
                Html.text(name(signIn)), "user", Html.text(signIn.person().loginName()), "device",
                Html.text(signIn.person().peer().node().name()), "since", moment(signIn.session().authenticated()),
                "used", moment(signIn.used()), "id", Html.text(shown(signIn)), "form_token", tokens.of(person)));
    }

    private Html moment(Instant instant) {
        return Html.text(MINUTE.format(clock.toWall(instant)));
    }
}
