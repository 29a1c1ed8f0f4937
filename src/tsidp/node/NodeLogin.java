package tsidp.node;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import tsidp.tailnet.BackOff;
import tsidp.tailnet.BackendState;
import tsidp.tailnet.LocalApi;
import tsidp.tailnet.Status;
import tsidp.tailnet.TailnetException;

/// Keeps our own node on its tailnet: configures each new tailscaled, logs it in with the key or asks a person to, and
/// logs it in again when its login has expired.
public final class NodeLogin implements AutoCloseable {

    /// Ours: the interval at which tailscaled's status is polled.
    private static final Duration LOOK = Duration.ofMillis(500);


    private final LocalApi localApi;
    private final NodeSettings settings;
    private final Consumer<String> addresses;
    private final Consumer<String> faults;
    private final CountDownLatch joined = new CountDownLatch(1);
    private volatile Thread thread;
    private boolean isTold;
    private boolean isForced;
    private String lastAddress = "";
    private String lastFault = "";
    /// Ours: the pauses between unsuccessful logins.
    private final BackOff pauses = new BackOff(Duration.ofSeconds(5), Duration.ofMinutes(5));
    private long nextLogin = System.nanoTime();

    /// Does nothing until [#start].
    ///
    /// @param addresses receives each new URL at which a person can log the node in: it must not be logged
    /// @param faults receives the reason why the node is not on its tailnet, each time that the reason changes
    public NodeLogin(LocalApi localApi, NodeSettings settings, Consumer<String> addresses, Consumer<String> faults) {
        this.localApi = localApi;
        this.settings = settings;
        this.addresses = addresses;
        this.faults = faults;
        this.isForced = settings.forcesLogin();
    }

    /// Starts the thread that does the work, until [#close].
    public void start() {
        thread = Thread.ofVirtual().name("login").start(this::run);
    }

    /// Waits until the node is on its tailnet for the first time.
    public void await() throws InterruptedException {
        joined.await();
    }

    @Override
    public void close() {
        if (thread != null) {
            thread.interrupt();
        }
    }

    private void run() {
        try {
            while (!Thread.currentThread().isInterrupted()) {
                try {
                    step(System.nanoTime());
                } catch (TailnetException e) {
                    failed(e);
                }
                Thread.sleep(LOOK);
            }
        } catch (InterruptedException leaving) {
            // The thread is meant to end here.
        }
    }

    private void step(long now) throws TailnetException {
        Status status = localApi.status();
        BackendState state = status.backendState();
        if (!isTold) {
            if (state == BackendState.NO_STATE || now - nextLogin < 0) {
                return;
            }
            boolean logsIn = isForced || state == BackendState.NEEDS_LOGIN;
            tell(logsIn, now);
            isTold = true;
            isForced = false;
        } else if (state == BackendState.NEEDS_LOGIN && status.authUrl().isPresent()) {
            String address = status.authUrl().get();
            if (!address.equals(lastAddress)) {
                lastAddress = address;
                addresses.accept(address);
            }
        } else if (state == BackendState.NEEDS_LOGIN && now - nextLogin >= 0) {
            status.health().stream().findFirst().ifPresent(this::report);
            tell(true, now);
        } else if (state == BackendState.NEEDS_MACHINE_AUTH) {
            report("this node is waiting for approval: an administrator must approve it on the Machines page of the"
                    + " Tailscale admin console");
        } else if (state == BackendState.RUNNING) {
            pauses.reset();
            lastFault = "";
            joined.countDown();
        } else if (now - nextLogin >= 0) {
            status.health().stream().findFirst().ifPresent(this::report);
        }
    }

    private void failed(TailnetException failure) {
        switch (failure.kind()) {
            case NOT_ANSWERING, SOCKET_MISSING -> {
                // A new tailscaled may start: it knows only what is in the state file, and needs the rest again.
                isTold = false;
                nextLogin = System.nanoTime();
            }
            case PERMISSION_DENIED, STOPPED, NEEDS_LOGIN, NEEDS_APPROVAL, BUSY, BAD_ANSWER, REFUSED ->
                report(failure.getMessage());
        }
    }

    private void tell(boolean logsIn, long now) throws TailnetException {
        nextLogin = now + pauses.next().toNanos();
        String key = settings.key();
        if (logsIn && OAuthSecret.is(key)) {
            key = OAuthSecret.parse(key).authKey(settings.tags());
        }
        localApi.start(settings.options(logsIn ? key : ""));
        if (logsIn) {
            localApi.loginInteractive();
        }
    }

    private void report(String fault) {
        String text = fault.replaceAll("tskey-\\S+|https?://\\S+", "…");
        if (!text.equals(lastFault)) {
            lastFault = text;
            faults.accept(text);
        }
    }
}
