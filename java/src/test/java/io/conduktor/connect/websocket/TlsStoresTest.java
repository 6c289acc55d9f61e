package io.conduktor.connect.websocket;

import static io.conduktor.connect.websocket.TestStores.KEY_PASSWORD;
import static io.conduktor.connect.websocket.TestStores.STORE_PASSWORD;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.nio.file.attribute.FileTime;
import java.util.HashMap;
import java.util.Map;
import javax.management.MBeanServerFactory;
import org.apache.kafka.connect.errors.ConnectException;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TlsStoresTest {
    @TempDir
    static Path folder;

    private static TestStores made;

    private final TlsStores stores = new TlsStores();

    @BeforeAll
    static void make() throws Exception {
        made = new TestStores(folder, "EC", 256);
    }

    /** A configuration of wss:// with these keys behind {@code websocket.ssl.}. */
    private static WebSocketSourceConnectorConfig config(String... ssl) {
        Map<String, String> properties = new HashMap<>(Map.of("websocket.url", "wss://feed/", "kafka.topic", "t"));
        for (int i = 0; i < ssl.length; i += 2) {
            properties.put(SslKeys.PREFIX + ssl[i], ssl[i + 1]);
        }
        return new WebSocketSourceConnectorConfig(properties);
    }

    private void isTrusted(String... ssl) throws Exception {
        byte[][] anchors = stores.read(config(ssl)).trustAnchors();
        assertEquals(1, anchors.length);
        assertArrayEquals(made.certificate.getEncoded(), anchors[0]);
    }

    private void isShown(String... ssl) throws Exception {
        TlsMaterial material = stores.read(config(ssl));
        byte[][] identity = material.clientIdentity();
        assertEquals(2, identity.length);
        assertArrayEquals(made.certificate.getEncoded(), identity[0]);
        assertArrayEquals(made.key.getEncoded(), identity[1]);
        material.close();
        assertArrayEquals(new byte[identity[1].length], identity[1], "the key is overwritten");
    }

    private void fails(String problem, String... ssl) {
        WebSocketSourceConnectorConfig config = config(ssl);
        String message = assertThrows(ConnectException.class, () -> stores.read(config)).getMessage();
        assertTrue(message.startsWith(SslKeys.PREFIX) && message.contains(problem), message);
        for (String secret : new String[] {"s3cret", "BEGIN EC", "MII", "wrong-pass"}) {
            assertFalse(message.contains(secret) && !problem.contains(secret), message);
        }
    }

    @Test
    void trustStoresOfAllTypesAreRead() throws Exception {
        for (String type : new String[] {"JKS", "PKCS12"}) {
            String file = made.trustStore(type);
            isTrusted("truststore.location", file, "truststore.type", type, "truststore.password", STORE_PASSWORD);
            isTrusted("truststore.location", file, "truststore.password", STORE_PASSWORD);
        }
        isTrusted("truststore.location", made.trustStore("JKS"));
        String pem = "a comment\n" + made.certificatePem();
        isTrusted("truststore.location", made.file("trust.pem", pem), "truststore.type", "PEM");
        isTrusted("truststore.certificates", pem, "truststore.type", "PEM");
        isTrusted("truststore.certificates", pem.replace("\n", " "), "truststore.type", "pem");
        byte[][] two = stores.read(config("truststore.certificates", pem + pem, "truststore.type", "PEM")).trustAnchors();
        assertEquals(2, two.length);
    }

    @Test
    void keyStoresOfAllTypesAreRead() throws Exception {
        for (String type : new String[] {"JKS", "PKCS12"}) {
            isShown("keystore.location", made.keyStore(type, STORE_PASSWORD, "own"), "keystore.type", type, "keystore.password", STORE_PASSWORD);
        }
        isShown("keystore.location", made.keyStore("JKS", KEY_PASSWORD, "own"), "keystore.password", STORE_PASSWORD, "key.password", KEY_PASSWORD);
        String chain = made.certificatePem();
        isShown("keystore.location", made.file("own.pem", made.keyPem() + chain), "keystore.type", "PEM");
        isShown("keystore.key", made.keyPem(), "keystore.certificate.chain", chain, "keystore.type", "PEM");
        for (String algorithm : new String[] {"PBEWithHmacSHA256AndAES_256", "PBEWithHmacSHA1AndAES_128", "PBEWithSHA1AndDESede"}) {
            String key = made.encryptedKeyPem(algorithm);
            isShown("keystore.key", key, "keystore.certificate.chain", chain, "keystore.type", "PEM", "key.password", KEY_PASSWORD);
            isShown("keystore.location", made.file("encrypted.pem", key + chain), "keystore.type", "PEM", "key.password", KEY_PASSWORD);
        }
    }

    @Test
    void aTaskOverwritesTheKeyOnceItIsHandedOver() throws Exception {
        FakeEngine engine = new FakeEngine();
        WebSocketSourceTask task = new WebSocketSourceTask(() -> new SharedRuntime(engine, new MetricsRegistry(MBeanServerFactory.newMBeanServer())));
        task.start(Map.of("name", "c", "websocket.url", "wss://feed/", "kafka.topic", "t", SslKeys.KEYSTORE_KEY, made.keyPem(),
                SslKeys.KEYSTORE_CERTIFICATE_CHAIN, made.certificatePem(), SslKeys.KEYSTORE_TYPE, "PEM"));
        task.stop();
        assertArrayEquals(made.certificate.getEncoded(), engine.clientIdentity[0]);
        assertArrayEquals(new byte[made.key.getEncoded().length], engine.clientIdentity[1]);
    }

    @Test
    void withoutKeysItIsWhatTheJvmTrustsAndNobody() {
        TlsMaterial material = stores.read(config());
        assertEquals(TrustAnchors.ofJvm().length, material.trustAnchors().length);
        assertEquals(0, material.clientIdentity().length);
        assertSame(TlsMaterial.NONE, stores.read(new WebSocketSourceConnectorConfig(Map.of("websocket.url", "ws://feed/", "kafka.topic", "t"))));
        assertEquals(0, stores.read(config("insecure", "true")).trustAnchors().length);
    }

    @Test
    void aTrustStoreIsReadAgainWhenItHasChangedAndOnlyThen() throws Exception {
        String file = made.trustStore("JKS");
        String[] ssl = {"truststore.location", file, "truststore.password", STORE_PASSWORD};
        byte[][] first = stores.read(config(ssl)).trustAnchors();
        assertSame(first, stores.read(config(ssl)).trustAnchors());
        Files.setLastModifiedTime(Paths.get(file), FileTime.fromMillis(1_000_000));
        byte[][] second = stores.read(config(ssl)).trustAnchors();
        assertNotSame(first, second);
        Files.copy(Paths.get(made.trustStore("PKCS12")), Paths.get(file + ".new"));
        Files.setLastModifiedTime(Paths.get(file + ".new"), FileTime.fromMillis(1_000_000));
        Files.move(Paths.get(file + ".new"), Paths.get(file), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        assertNotSame(second, stores.read(config(ssl)).trustAnchors(), "another file of the same time");
        Files.writeString(Paths.get(file), "damaged");
        fails("cannot be read, or is of another type: java.io.EOFException", ssl);
    }

    @Test
    void whatIsWrongIsToldByKeyAndFileAndWithoutAPassword() throws Exception {
        fails("is not opened by websocket.ssl.truststore.password", "truststore.location", made.trustStore("JKS"), "truststore.password",
                "wrong-pass");
        fails("is not opened by websocket.ssl.truststore.password", "truststore.location", made.trustStore("PKCS12"), "truststore.password",
                "wrong-pass");
        fails("is not opened by websocket.ssl.keystore.password", "keystore.location", made.keyStore("PKCS12", STORE_PASSWORD, "own"),
                "keystore.password", "wrong-pass");
        fails("that websocket.ssl.key.password does not open", "keystore.location", made.keyStore("JKS", KEY_PASSWORD, "own"),
                "keystore.password", STORE_PASSWORD);
        fails("/nowhere does not exist on this worker", "truststore.location", folder + "/nowhere");
        fails(folder + " cannot be read", "truststore.location", folder.toString());
        fails("holds no trusted certificate", "truststore.location", made.keyStore("JKS", STORE_PASSWORD));
        fails("has 0 private keys", "keystore.location", made.trustStore("JKS"), "keystore.password", STORE_PASSWORD);
        fails("has 2 private keys", "keystore.location", made.keyStore("JKS", STORE_PASSWORD, "one", "two"), "keystore.password", STORE_PASSWORD);
        fails("websocket.ssl.truststore.type: this JVM reads no key stores of type XYZ", "truststore.location", made.trustStore("JKS"),
                "truststore.type", "XYZ");
        fails("has no certificate in PEM", "truststore.location", made.file("no.pem", made.keyPem()), "truststore.type", "PEM");
        fails("has no private key in PEM", "keystore.location", made.file("no.pem", made.certificatePem()), "keystore.type", "PEM");
        String encrypted = made.encryptedKeyPem("PBEWithHmacSHA256AndAES_256") + made.certificatePem();
        fails("needs websocket.ssl.key.password", "keystore.location", made.file("e.pem", encrypted), "keystore.type", "PEM");
        fails("websocket.ssl.key.password does not open", "keystore.location", made.file("e.pem", encrypted), "keystore.type", "PEM",
                "key.password", "wrong-pass");
        String old = made.certificatePem() + TestStores.pem("EC PRIVATE KEY", new byte[40]);
        fails("BEGIN EC PRIVATE KEY; make it PKCS#8", "keystore.location", made.file("old.pem", old), "keystore.type", "PEM");
        fails("has a certificate that cannot be read", "truststore.location", made.file("bad.pem", TestStores.pem("CERTIFICATE", new byte[40])),
                "truststore.type", "PEM");
    }
}
