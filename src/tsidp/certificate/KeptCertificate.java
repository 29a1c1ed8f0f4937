package tsidp.certificate;

import java.time.Instant;
import java.util.Optional;
import java.util.function.Consumer;
import tsidp.store.StateDirectory;
import tsidp.store.StoreException;

/// The last certificate that tailscaled gave, with its key, in the state directory. A restart serves it at once, also
/// while tailscaled has none to give. It can be had again, so a file that is no use is reported and stops nothing.
///
/// @param faults is told what is wrong with the file
public record KeptCertificate(StateDirectory directory, Consumer<String> faults) {

    /// Its file.
    public static final String FILE = "tsidp-certificate.pem";

    /// Ours: a chain takes some 5 KB.
    private static final int MAX_BYTES = 65_536;

    /// The certificate if it is for that name and valid at that time.
    Optional<CertificatePair> read(String domain, Instant now) {
        try {
            return directory.read(FILE, MAX_BYTES).map(pem -> CertificatePair.parse(pem).require(domain, now));
        } catch (StoreException e) {
            faults.accept(e.getMessage());
        } catch (IllegalArgumentException e) {
            faults.accept(directory.path(FILE) + " is not used: " + e.getMessage());
        }
        return Optional.empty();
    }

    /// Replaces it.
    ///
    /// @param pem what LocalAPI answered
    void write(byte[] pem) {
        try {
            directory.write(FILE, pem);
        } catch (StoreException e) {
            faults.accept(e.getMessage());
        }
    }
}
