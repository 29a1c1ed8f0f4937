package tsidp.admin;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tsidp.client.Client;
import tsidp.http.Html;
import tsidp.protocol.Parameters;
import tsidp.protocol.Refusal;

/// `/`: the clients found by a search, sorted by name, one page at a time.
final class ClientListPage {

    /// Ours: clients on one page.
    static final int SIZE = 50;

    private ClientListPage() {
    }

    /// The content for `q`, the search text, and `from`, how many clients are on the pages before.
    static Html of(List<Client> clients, Parameters query, Html notice) throws Refusal {
        String search = query.get("q").orElse("").strip();
        String wanted = search.toLowerCase(Locale.ROOT);
        List<Client> found = clients.stream().filter(client -> matches(client, wanted)).sorted(Comparator
                .comparing((Client client) -> client.name().toLowerCase(Locale.ROOT)).thenComparing(Client::id))
                .toList();
        int asked = query.get("from").filter(text -> text.matches("[0-9]{1,6}")).map(Integer::parseInt).orElse(0);
        int from = Math.min(asked, Math.max(0, (found.size() - 1) / SIZE * SIZE));
        return Html.template("clients.html", Map.of("notice", notice, "q", Html.text(search),
                "count", Html.text(count(found.size(), search)),
                "list", found.isEmpty() ? none(search) : list(found.subList(from, Math.min(from + SIZE, found.size()))),
                "pages", found.size() <= SIZE ? Html.NONE : pages(search, from, found.size())));
    }

    private static boolean matches(Client client, String wanted) {
        return contains(client.name(), wanted) || contains(client.id(), wanted)
                || client.redirectUris().stream().anyMatch(uri -> contains(uri, wanted));
    }

    private static boolean contains(String text, String wanted) {
        return text.toLowerCase(Locale.ROOT).contains(wanted);
    }

    private static String count(int count, String search) {
        String clients = count == 1 ? "1 client" : number(count) + " clients";
        return search.isEmpty() ? clients : clients + " found";
    }

    private static String number(int number) {
        return String.format(Locale.ROOT, "%,d", number);
    }

    private static Html none(String search) {
        return search.isEmpty() ? Html.template("clients-none.html", Map.of())
                : Html.template("clients-not-found.html", "q", search);
    }

    private static Html list(List<Client> clients) {
        return Html.template("client-list.html", Map.of("rows", Html.of(clients.stream().map(ClientListPage::row)
                .toList())));
    }

    private static Html row(Client client) {
        List<String> uris = client.redirectUris();
        return Html.template("client-row.html", Map.of("client_id", Html.text(client.id()),
                "path", Html.text(ClientPage.path(client)), "name", Html.text(ClientPage.name(client)),
                "badges", ClientPage.badges(client),
                "redirect_uri", Html.text(uris.isEmpty() ? "no redirect URI" : uris.getFirst()),
                "others", Html.text(uris.size() < 2 ? "" : "and " + (uris.size() - 1) + " more")));
    }

    private static Html pages(String search, int from, int count) {
        int to = Math.min(from + SIZE, count);
        return Html.template("client-pages.html", Map.of(
                "previous", from == 0 ? Html.NONE : step(search, from - SIZE, "prev", "Previous"),
                "range", Html.text(number(from + 1) + "\u2013" + number(to) + " of " + number(count)),
                "next", to == count ? Html.NONE : step(search, to, "next", "Next")));
    }

    private static Html step(String search, int from, String rel, String text) {
        String q = search.isEmpty() ? "" : "q=" + URLEncoder.encode(search, StandardCharsets.UTF_8) + "&";
        return Html.template("client-step.html", Map.of("query", Html.text(q + "from=" + Math.max(0, from)),
                "rel", Html.text(rel), "text", Html.text(text)));
    }
}
