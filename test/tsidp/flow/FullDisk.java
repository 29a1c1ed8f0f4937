package tsidp.flow;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import tsidp.TestServer;
import tsidp.fake.Browser;
import tsidp.fake.FakeTailnet;
import tsidp.fake.Form;
import tsidp.fake.MovableClock;
import tsidp.fake.RelyingParty;
import tsidp.fake.Reply;

/// A main class for a process with a server, which uses `prlimit` to keep its files from growing: to the process that
/// looks like a full disk. It prints the answers at the end, since its output is a file too.
final class FullDisk {

    private static final String CALLBACK = "https://app.example.com/cb";

    private final FakeTailnet tailnet = FakeTailnet.start();
    private final MovableClock clock = MovableClock.atPresent();
    private final TestServer server = TestServer.start(tailnet, clock);
    private final Browser alice = server.plain(FakeTailnet.ALICE);
    private final RelyingParty app = new RelyingParty(alice, server.rotatingClient(CALLBACK));
    private final StringBuilder said = new StringBuilder();

    private FullDisk() {
        tailnet.policy(FakeTailnet.ALICE, "{'allow_dcr': true, 'allow_admin_ui': true}");
    }

    public static void main(String[] arguments) throws Exception {
        var disk = new FullDisk();
        try {
            switch (arguments[0]) {
                case "retried" -> disk.whatWasNotAnsweredIsRetried();
                case "revoked" -> disk.whatIsNotOnTheDiskIsNotAnsweredAsRevoked();
                default -> throw new IllegalArgumentException(arguments[0]);
            }
        } finally {
            limit("unlimited");
            disk.server.close();
            disk.tailnet.close();
        }
        System.out.print(disk.said);
    }

    private void say(String what, Reply reply) {
        said.append(what).append(": ").append(reply.status()).append(' ').append(reply.status() < 400 ? ""
                : reply.string("error")).append('\n');
    }

    /// Keeps every file of this process from growing beyond a number of bytes, or `unlimited`.
    private static void limit(String bytes) throws IOException, InterruptedException {
        int status = new ProcessBuilder("prlimit", "--pid", "" + ProcessHandle.current().pid(),
                "--fsize=" + bytes + ":unlimited").inheritIO().start().waitFor();
        if (status != 0) {
            throw new IllegalStateException("prlimit ended with " + status);
        }
    }

    private Path ledger() {
        return server.directory().resolve("tsidp-grants.log");
    }

    private RelyingParty allowed() {
        RelyingParty party = Dcr.party(alice, Dcr.register(alice, "{'redirect_uris': ['" + CALLBACK + "']}"));
        Form.of(party.authorize()).with("decision", "allow").send(alice);
        return party;
    }

    private void whatWasNotAnsweredIsRetried() throws Exception {
        RelyingParty registered = allowed();
        Reply tokens = app.login();
        String code = app.code();
        String first = registered.code();
        long length = Files.size(ledger());
        limit("0");
        say("refresh", app.refresh(tokens.string("refresh_token")));
        say("code", app.redeem(code));
        say("first code", registered.redeem(first));
        said.append("left in the file: ").append(Files.size(ledger()) - length).append('\n');
        limit("unlimited");
        say("code", app.redeem(code));
        say("first code", registered.redeem(first));
        clock.pass(Duration.ofHours(7));
        say("refresh hours later", app.refresh(tokens.string("refresh_token")));
    }

    /// Only the ledger can't grow.
    private void whatIsNotOnTheDiskIsNotAnsweredAsRevoked() throws Exception {
        RelyingParty registered = allowed();
        Reply tokens = registered.login();
        for (int i = 0; i < 10; i++) {
            app.login();
        }
        String code = app.code();
        Reply given = app.redeem(code);
        Reply old = app.login();
        app.refresh(old.string("refresh_token"));
        clock.pass(Duration.ofSeconds(61));
        Form revoke = Form.of(alice.get("/consent")).with("client_id", registered.client().id())
                .with("decision", "revoke");
        limit("" + Files.size(ledger()));
        say("replayed code", app.redeem(code));
        say("its token", app.userInfo(given.string("access_token")));
        limit("unlimited");
        say("replayed code", app.redeem(code));
        limit("" + Files.size(ledger()));
        say("replayed refresh token", app.refresh(old.string("refresh_token")));
        limit("unlimited");
        say("replayed refresh token", app.refresh(old.string("refresh_token")));
        app.login();
        limit("" + Files.size(ledger()));
        said.append("revoked consent: ").append(revoke.send(alice).status()).append('\n');
        say("its token", registered.userInfo(tokens.string("access_token")));
        limit("unlimited");
        said.append("revoked consent: ").append(revoke.send(alice).status()).append('\n');
        server.restart();
        say("its token", registered.userInfo(tokens.string("access_token")));
    }
}
