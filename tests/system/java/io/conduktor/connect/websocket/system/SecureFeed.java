package io.conduktor.connect.websocket.system;

import io.conduktor.connect.websocket.harness.Feed;
import io.conduktor.connect.websocket.harness.Folders;
import io.conduktor.connect.websocket.harness.Installation;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.ArrayList;
import java.util.List;

/**
 * A feed that serves TLS, and the trust store that makes a JVM trust it.
 *
 * @param trustStore a PKCS12 file that holds the feed's certificate authority
 */
public record SecureFeed(Feed feed, Path trustStore) implements AutoCloseable {
    private static final String PASSWORD = "changeit";

    public static SecureFeed start(Installation installation) {
        return start(installation, "feed-tls");
    }

    /** @param arguments of the feed, beyond where its certificates are */
    public static SecureFeed start(Installation installation, String name, String... arguments) {
        Path folder = installation.work().resolve(name);
        Folders.delete(folder);
        List<String> all = new ArrayList<>(List.of("--tls-self-signed", folder.toString()));
        all.addAll(List.of(arguments));
        Feed feed = Feed.start(installation, name, all.toArray(new String[0]));
        try {
            Path trustStore = folder.resolve("trust.p12");
            write(trustStore, folder.resolve("ca.pem"));
            return new SecureFeed(feed, trustStore);
        } catch (IOException | GeneralSecurityException e) {
            feed.close();
            throw new IllegalStateException("cannot write the trust store", e);
        }
    }

    /** What a JVM needs on its command line. */
    public String[] trustArguments() {
        return new String[] {"-Djavax.net.ssl.trustStore=" + trustStore, "-Djavax.net.ssl.trustStorePassword=" + PASSWORD,
            "-Djavax.net.ssl.trustStoreType=PKCS12"};
    }

    private static void write(Path trustStore, Path authority) throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        try (InputStream pem = Files.newInputStream(authority)) {
            store.setCertificateEntry("feed", CertificateFactory.getInstance("X.509").generateCertificate(pem));
        }
        try (OutputStream file = Files.newOutputStream(trustStore)) {
            store.store(file, PASSWORD.toCharArray());
        }
    }

    @Override
    public void close() {
        feed.close();
    }
}
