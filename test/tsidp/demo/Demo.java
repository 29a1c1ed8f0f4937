package tsidp.demo;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import tsidp.DemoServer;
import tsidp.client.Client;
import tsidp.fake.FakeTailnet;
import tsidp.log.Level;
import tsidp.store.StoreException;

/// Starts the demo and prints its address. Exits on SIGINT or SIGTERM, with status 0, and leaves no files.
public final class Demo {

    private static final int BACKLOG = 32;

    private final FakeTailnet tailnet;
    private final DemoServer provider;
    private final HttpServer http;
    private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
    private final RelyingParty relyingParty;

    private Demo(FakeTailnet tailnet, DemoServer provider, HttpServer http)
            throws LoginException, StoreException {
        this.tailnet = tailnet;
        this.provider = provider;
        this.http = http;
        String url = url();
        Client client = provider.addClient("Demo application", url + "/callback");
        this.relyingParty = RelyingParty.discover(provider.issuer(), provider.url(), client, Clock.systemUTC());
        http.createContext("/", new DemoApplication(url, tailnet, relyingParty, Clock.systemUTC()));
        http.setExecutor(executor);
        http.start();
    }

    /// @param arguments the port of the application; 0 for a free one
    public static void main(String[] arguments) throws InterruptedException {
        try {
            Demo demo = start(port(arguments.length == 0 ? "8080" : arguments[0]));
            Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().unstarted(() -> {
                demo.close();
                // It exited because it was asked to: not a failure.
                Runtime.getRuntime().halt(0);
            }));
            System.out.println("Demo: " + demo.url() + "/");
            System.out.flush();
        } catch (IOException | StoreException | LoginException e) {
            System.err.println("demo: " + e.getMessage());
            System.exit(1);
        }
        Thread.currentThread().join();
    }

    private static int port(String text) throws IOException {
        if (!text.matches("[0-9]{1,5}") || Integer.parseInt(text) > 65535) {
            throw new IOException("DEMO_PORT must be a number from 0 to 65535, not " + text);
        }
        return Integer.parseInt(text);
    }

    private static Demo start(int port) throws IOException, StoreException, LoginException {
        FakeTailnet tailnet = FakeTailnet.start();
        DemoServer provider = null;
        HttpServer http = null;
        boolean runs = false;
        try {
            provider = DemoServer.start(tailnet, Level.INFO);
            http = listen(port);
            var demo = new Demo(tailnet, provider, http);
            runs = true;
            return demo;
        } finally {
            if (!runs) {
                close(http, provider, tailnet);
            }
        }
    }

    private static HttpServer listen(int port) throws IOException {
        try {
            return HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), BACKLOG);
        } catch (BindException e) {
            throw new IOException("port " + port + " can't be listened on (" + e.getMessage()
                    + "): choose another, for example make demo DEMO_PORT=8181");
        }
    }

    private String url() {
        return "http://localhost:" + http.getAddress().getPort();
    }

    private void close() {
        relyingParty.close();
        close(http, provider, tailnet);
        executor.shutdownNow();
    }

    private static void close(HttpServer http, DemoServer provider, FakeTailnet tailnet) {
        if (http != null) {
            http.stop(1);
        }
        if (provider != null) {
            provider.close();
        }
        tailnet.close();
    }
}
