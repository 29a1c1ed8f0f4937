package tsidp.token;

import java.net.InetAddress;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import tsidp.person.Person;
import tsidp.protocol.OAuthError;
import tsidp.protocol.Refusal;
import tsidp.tailnet.LocalApi;
import tsidp.tailnet.Node;
import tsidp.tailnet.Peer;
import tsidp.tailnet.TailnetException;

/// Whether the device of a sign-in still belongs to its person. tailscaled is asked whenever a token is used, and now
/// and then for all, so that a sign-in ends with the tailnet's word.
///
/// The device is known by its stable id. Its address can be given to another device, and its node key changes when the
/// person logs it in again.
public final class Presence {

    private final LocalApi localApi;
    private final SignIns signIns;
    /// One sign-in of each device that is still to be looked at in this round.
    private final Deque<SignIn> waiting = new ArrayDeque<>();
    private int turn;
    private int share;

    /// Asks this tailscaled about the devices of these sign-ins.
    public Presence(LocalApi localApi, SignIns signIns) {
        this.localApi = localApi;
        this.signIns = signIns;
    }

    /// The sign-in of a refresh token with its person as they are now, and the rules of the policy as they are now.
    ///
    /// @throws Refusal (invalid_grant) if the device is not the person's any more: then the sign-in has ended;
    ///     (temporarily_unavailable) if tailscaled does not answer: then nothing ends
    public SignIn now(SignIn signIn) throws Refusal {
        return find(signIn).orElseThrow(() -> new Refusal(OAuthError.INVALID_GRANT,
                "the device of this sign-in does not belong to the person any more: sign in again"));
    }

    /// A token with its person as they are now; empty if the device is not theirs any more: then the sign-in has ended.
    ///
    /// @throws Refusal (temporarily_unavailable) if tailscaled does not answer: then nothing ends
    public Optional<SignIns.Held> now(SignIns.Held held) throws Refusal {
        return find(held.signIn()).map(held::with);
    }

    private Optional<SignIn> find(SignIn signIn) throws Refusal {
        try {
            Optional<Peer> peer = device(signIn.person().peer().node());
            String fault = fault(signIn.person().peer().node(), peer);
            if (fault.isEmpty()) {
                return peer.map(Person::at).map(signIn::with);
            }
            signIns.end(signIn.id(), fault);
            return Optional.empty();
        } catch (TailnetException e) {
            throw new Refusal(OAuthError.TEMPORARILY_UNAVAILABLE,
                    "tailscaled could not say whether the device of this sign-in is still there", e.getMessage());
        }
    }

    /// Looks at some of the devices of all sign-ins, one question a device, and ends the sign-ins of those that are not
    /// their person's any more.
    ///
    /// @param parts after how many calls each device was looked at
    /// @throws TailnetException if tailscaled does not answer: then nothing ends
    public synchronized void look(int parts) throws TailnetException {
        if (turn++ % parts == 0) {
            Map<String, SignIn> devices = new LinkedHashMap<>();
            signIns.all().forEach(signIn -> devices.put(device(signIn), signIn));
            waiting.clear();
            waiting.addAll(devices.values());
            share = (waiting.size() + parts - 1) / parts;
        }
        for (int i = 0; i < share && !waiting.isEmpty(); i++) {
            SignIn one = waiting.remove();
            Node node = one.person().peer().node();
            String fault = fault(node, device(node));
            if (!fault.isEmpty()) {
                signIns.end(other -> device(other).equals(device(one)), fault);
            }
        }
    }

    private static String device(SignIn signIn) {
        return signIn.person().peer().node().stableId() + " " + signIn.person().subject();
    }

    /// A tailscaled that has just started knows nobody. So it must be on its tailnet before it can say that a device
    /// is not.
    private Optional<Peer> device(Node node) throws TailnetException {
        Optional<Peer> found = asked(node);
        if (found.isEmpty()) {
            localApi.status().requireRunning();
            found = asked(node);
        }
        return found;
    }

    private Optional<Peer> asked(Node node) throws TailnetException {
        for (InetAddress address : node.ips()) {
            Optional<Peer> peer = localApi.whois(address).filter(at -> at.node().stableId().equals(node.stableId()));
            if (peer.isPresent()) {
                return peer;
            }
        }
        return Optional.empty();
    }

    /// Why the device is not its person's any more; empty if it is.
    private static String fault(Node before, Optional<Peer> peer) {
        Optional<Node> now = peer.map(Peer::node);
        return now.isEmpty() ? "the device left the tailnet"
                : now.get().tagged() ? "the device is tagged now"
                : now.get().user() != before.user() ? "the device belongs to another person now"
                : now.get().expired() ? "the key of the device has expired" : "";
    }
}
