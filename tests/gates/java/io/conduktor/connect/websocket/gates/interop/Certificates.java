package io.conduktor.connect.websocket.gates.interop;

import io.conduktor.connect.websocket.system.Suite;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** The certificate for 127.0.0.1 that all servers show, of the authority that the standalone worker trusts. */
final class Certificates {
    private Certificates() {
    }

    /** {@code cert.pem} (with the authority's), {@code key.pem} or {@code ca.pem}. */
    static Path file(String name) {
        return Suite.secureFeed().trustStore().resolveSibling(name);
    }

    /** For a client that trusts the authority. */
    static SSLContext trusting() {
        try (InputStream pem = Files.newInputStream(file("ca.pem"))) {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            store.setCertificateEntry("authority", CertificateFactory.getInstance("X.509").generateCertificate(pem));
            TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(store);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, trust.getTrustManagers(), null);
            return context;
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalStateException("cannot read the authority's certificate", e);
        }
    }
}
