package io.conduktor.connect.websocket;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import org.apache.kafka.connect.errors.ConnectException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrustAnchorsTest {
    private static final String STORE = "javax.net.ssl.trustStore";
    private static final String PASSWORD = "javax.net.ssl.trustStorePassword";

    @TempDir
    Path temporary;

    @AfterEach
    void restore() {
        System.clearProperty(STORE);
        System.clearProperty(PASSWORD);
    }

    private void trust(Certificate... certificates) throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        for (Certificate certificate : certificates) {
            store.setCertificateEntry("anchor", certificate);
        }
        Path file = temporary.resolve("trust.p12");
        try (OutputStream out = Files.newOutputStream(file)) {
            store.store(out, "changeit".toCharArray());
        }
        System.setProperty(STORE, file.toString());
        System.setProperty(PASSWORD, "changeit");
    }

    @Test
    void areWhatTheTrustStorePropertyNames() throws Exception {
        byte[] der = TrustAnchors.ofJvm()[0];
        trust(CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(der)));
        byte[][] anchors = TrustAnchors.ofJvm();
        assertEquals(1, anchors.length);
        assertArrayEquals(der, anchors[0]);
    }

    @Test
    void anEmptyStoreIsToldWithTheProperty() throws Exception {
        trust();
        String message = assertThrows(ConnectException.class, TrustAnchors::ofJvm).getMessage();
        assertTrue(message.contains("holds no certificate") && message.contains(STORE), message);
    }

    @Test
    void aStoreThatCannotBeReadIsToldWithTheProperty() throws Exception {
        System.setProperty(STORE, Files.writeString(temporary.resolve("broken"), "no key store").toString());
        String message = assertThrows(ConnectException.class, TrustAnchors::ofJvm).getMessage();
        assertTrue(message.contains(STORE), message);
    }
}
