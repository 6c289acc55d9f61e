package io.conduktor.connect.websocket.system;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.conduktor.connect.websocket.harness.Feed;
import io.conduktor.connect.websocket.harness.Folders;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import org.junit.jupiter.api.Test;

/** A feed of a private authority that lets in nobody without a certificate, and stores on disk that change while the connector runs. */
class MutualTlsTest {
    private static final String NAME = "mutual-tls";
    private static final char[] PASSWORD = "s3cret-stores".toCharArray();

    private final Path folder = Suite.installation().work().resolve(NAME);
    private final Path trustStore = folder.resolve("trust.jks");
    private final Path keyStore = folder.resolve("own.p12");

    /** Each start of the feed makes authority, server and client anew. It closes after ten messages, so the connector connects again and again. */
    @Test
    void storesThatChangeOnDiskAreUsedAtTheNextConnect() throws IOException, GeneralSecurityException {
        Folders.delete(folder);
        try (Feed feed = Feed.start(Suite.installation(), NAME, "--tls-self-signed", folder.toString(), "--tls-client-auth");
                TestConnector connector = new TestConnector(Suite.standalone(), NAME, feed.url("/numbered?count=10&then=close"))) {
            trust();
            own();
            connector.set("websocket.ssl.truststore.location", trustStore.toString()).set("websocket.ssl.truststore.password", new String(PASSWORD))
                .set("websocket.ssl.keystore.location", keyStore.toString()).set("websocket.ssl.keystore.type", "PKCS12")
                .set("websocket.ssl.keystore.password", new String(PASSWORD)).apply();
            connector.awaitBooks("messages over two connections", books -> books.received() >= 20);

            replace(keyStore, "damaged".getBytes(US_ASCII));
            LogLine told = connector.log().await(NAME, "the old one is used: websocket.ssl.keystore.location: " + keyStore, 1, TestConnector.LIMIT).get(0);
            assertEquals("WARN", told.level());
            more(connector);

            feed.stop();
            feed.start();
            LogLine refused = connector.log().await(NAME, "TLS handshake: the server's certificate", 1, TestConnector.LIMIT).get(0);
            assertTrue(refused.text().contains("websocket.ssl.truststore.location"), refused::text);

            trust();
            own();
            more(connector);
            assertFalse(connector.log().ours(NAME).toString().contains("s3cret"), connector.log()::text);
        }
    }

    private static void more(TestConnector connector) {
        long now = connector.books().received();
        connector.awaitBooks("more messages", books -> books.received() >= now + 20);
    }

    private void trust() throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("JKS");
        store.load(null, null);
        store.setCertificateEntry("feed", certificate("ca.pem"));
        replace(trustStore, store);
    }

    private void own() throws IOException, GeneralSecurityException {
        String pem = Files.readString(folder.resolve("client-key.pem")).replaceAll("-----[A-Z ]+-----", "");
        PrivateKey key = KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(pem)));
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setKeyEntry("own", key, PASSWORD, new Certificate[] {certificate("client-cert.pem")});
        replace(keyStore, store);
    }

    private Certificate certificate(String file) throws IOException, GeneralSecurityException {
        try (InputStream pem = Files.newInputStream(folder.resolve(file))) {
            return CertificateFactory.getInstance("X.509").generateCertificate(pem);
        }
    }

    private static void replace(Path file, KeyStore store) throws IOException, GeneralSecurityException {
        Path written = file.resolveSibling(file.getFileName() + ".new");
        try (OutputStream out = Files.newOutputStream(written)) {
            store.store(out, PASSWORD);
        }
        Files.move(written, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    }

    private static void replace(Path file, byte[] bytes) throws IOException {
        Path written = Files.write(file.resolveSibling(file.getFileName() + ".new"), bytes);
        Files.move(written, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    }
}
