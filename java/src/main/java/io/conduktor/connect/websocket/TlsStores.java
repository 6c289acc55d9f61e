package io.conduktor.connect.websocket;

import static io.conduktor.connect.websocket.SslKeys.INSECURE;
import static io.conduktor.connect.websocket.SslKeys.KEYSTORE_CERTIFICATE_CHAIN;
import static io.conduktor.connect.websocket.SslKeys.KEYSTORE_KEY;
import static io.conduktor.connect.websocket.SslKeys.KEYSTORE_LOCATION;
import static io.conduktor.connect.websocket.SslKeys.KEYSTORE_PASSWORD;
import static io.conduktor.connect.websocket.SslKeys.KEYSTORE_TYPE;
import static io.conduktor.connect.websocket.SslKeys.KEY_PASSWORD;
import static io.conduktor.connect.websocket.SslKeys.TRUSTSTORE_CERTIFICATES;
import static io.conduktor.connect.websocket.SslKeys.TRUSTSTORE_LOCATION;
import static io.conduktor.connect.websocket.SslKeys.TRUSTSTORE_PASSWORD;
import static io.conduktor.connect.websocket.SslKeys.TRUSTSTORE_TYPE;
import static io.conduktor.connect.websocket.SslKeys.isPem;

import java.nio.file.attribute.BasicFileAttributes;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyStore;
import java.security.UnrecoverableKeyException;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import org.apache.kafka.connect.errors.ConnectException;

/**
 * Reads the certificates and the key that a configuration names, as they are now. A trust store that has not changed since the last time
 * is not read again. For one task; not thread-safe. Errors name the key and hold no value but a file's name.
 */
final class TlsStores {
    private byte[][] trusted;
    /** What {@link #trusted} was read from: the file, its type and password, and its time, size and inode. */
    private List<Object> readFrom;

    /**
     * What is there now; nothing if the configuration talks TLS to nobody.
     *
     * @throws ConnectException if it cannot be read
     */
    TlsMaterial read(WebSocketSourceConnectorConfig config) {
        return read(config.configValues());
    }

    TlsMaterial read(ConfigValues values) {
        if (!SslKeys.speaksTls(values)) {
            return TlsMaterial.NONE;
        }
        byte[][] trustAnchors = values.flag(INSECURE) ? new byte[0][] : trustAnchors(values);
        return new TlsMaterial(trustAnchors, clientIdentity(values));
    }

    private byte[][] trustAnchors(ConfigValues values) {
        String certificates = values.text(TRUSTSTORE_CERTIFICATES);
        if (certificates != null) {
            return named(TRUSTSTORE_CERTIFICATES, () -> Pem.certificates(certificates)).toArray(new byte[0][]);
        }
        String location = values.text(TRUSTSTORE_LOCATION);
        if (location == null) {
            return TrustAnchors.ofJvm();
        }
        StoreFile file = new StoreFile(TRUSTSTORE_LOCATION, location);
        BasicFileAttributes attributes = file.attributes();
        List<Object> from = Arrays.asList(location, values.text(TRUSTSTORE_TYPE), values.text(TRUSTSTORE_PASSWORD),
                attributes.lastModifiedTime(), attributes.size(), Objects.toString(attributes.fileKey()));
        if (!from.equals(readFrom)) {
            trusted = isPem(values, TRUSTSTORE_TYPE)
                    ? file.named(() -> Pem.certificates(file.text())).toArray(new byte[0][])
                    : TrustAnchors.of(file.store(TRUSTSTORE_TYPE, values.text(TRUSTSTORE_TYPE), TRUSTSTORE_PASSWORD,
                            values.text(TRUSTSTORE_PASSWORD)), file);
            readFrom = from;
        }
        return trusted;
    }

    private static byte[][] clientIdentity(ConfigValues values) {
        String password = values.text(KEY_PASSWORD);
        String key = values.text(KEYSTORE_KEY);
        if (key != null) {
            List<byte[]> chain = named(KEYSTORE_CERTIFICATE_CHAIN, () -> Pem.certificates(values.text(KEYSTORE_CERTIFICATE_CHAIN)));
            return identity(chain, named(KEYSTORE_KEY, () -> Pem.privateKey(key, password)));
        }
        String location = values.text(KEYSTORE_LOCATION);
        if (location == null) {
            return new byte[0][];
        }
        StoreFile file = new StoreFile(KEYSTORE_LOCATION, location);
        if (isPem(values, KEYSTORE_TYPE)) {
            String text = file.text();
            return file.named(() -> identity(Pem.certificates(text), Pem.privateKey(text, password)));
        }
        String storePassword = values.text(KEYSTORE_PASSWORD);
        KeyStore store = file.store(KEYSTORE_TYPE, values.text(KEYSTORE_TYPE), KEYSTORE_PASSWORD, storePassword);
        return entry(store, password == null ? storePassword : password, file);
    }

    private static byte[][] entry(KeyStore store, String password, StoreFile file) {
        try {
            List<String> keys = new ArrayList<>();
            for (String alias : Collections.list(store.aliases())) {
                if (store.entryInstanceOf(alias, KeyStore.PrivateKeyEntry.class)) {
                    keys.add(alias);
                }
            }
            if (keys.size() != 1) {
                throw file.wrong("has " + keys.size() + " private keys; it must have one, since nothing says which to show");
            }
            Certificate[] certificates = store.getCertificateChain(keys.get(0));
            if (certificates == null) {
                throw file.wrong("has a key without a certificate");
            }
            List<byte[]> chain = new ArrayList<>();
            for (Certificate certificate : certificates) {
                chain.add(certificate.getEncoded());
            }
            return identity(chain, encoded(store, keys.get(0), password, file));
        } catch (UnrecoverableKeyException e) {
            throw file.wrong("has a private key that " + KEY_PASSWORD + " does not open, or " + KEYSTORE_PASSWORD + " where there is none");
        } catch (GeneralSecurityException e) {
            throw file.wrong("has a private key or certificate that this JVM cannot read: " + e.getMessage());
        }
    }

    private static byte[] encoded(KeyStore store, String alias, String password, StoreFile file) throws GeneralSecurityException {
        char[] characters = password == null ? null : password.toCharArray();
        try {
            Key key = store.getKey(alias, characters);
            byte[] encoded = "PKCS#8".equals(key.getFormat()) ? key.getEncoded() : null;
            if (encoded == null) {
                throw file.wrong("has a private key that does not leave its provider (" + store.getProvider().getName()
                        + "); TLS is spoken outside of the JVM and needs the key itself");
            }
            return encoded;
        } finally {
            if (characters != null) {
                Arrays.fill(characters, '\0');
            }
        }
    }

    private static byte[][] identity(List<byte[]> chain, byte[] key) {
        List<byte[]> identity = new ArrayList<>(chain);
        identity.add(key);
        return identity.toArray(new byte[0][]);
    }

    private static <T> T named(String key, Supplier<T> read) {
        try {
            return read.get();
        } catch (IllegalArgumentException e) {
            throw new ConnectException(key + " " + e.getMessage());
        }
    }
}
