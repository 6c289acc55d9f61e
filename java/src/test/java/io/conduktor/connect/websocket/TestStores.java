package io.conduktor.connect.websocket;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.util.Base64;
import javax.crypto.Cipher;
import javax.crypto.EncryptedPrivateKeyInfo;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;

/** A certificate and its key, in all forms in which stores hold them. The passwords must not appear in any text. */
final class TestStores {
    static final String STORE_PASSWORD = "s3cret-store";
    static final String KEY_PASSWORD = "s3cret-key";
    /** The object identifier 1.2.840.113549.1.5.13 in DER. */
    private static final byte[] PBES2 = {6, 9, 0x2a, (byte) 0x86, 0x48, (byte) 0x86, (byte) 0xf7, 0x0d, 1, 5, 0x0d};
    private static final Base64.Encoder LINES = Base64.getMimeEncoder(64, "\n".getBytes(US_ASCII));

    final Certificate certificate;
    final PrivateKey key;
    private final Path folder;

    /** With a new key of this algorithm, made by the JDK's keytool. */
    TestStores(Path folder, String algorithm, int bits) throws Exception {
        this.folder = folder;
        Path made = folder.resolve(algorithm + bits + ".p12");
        Process keytool = new ProcessBuilder(Paths.get(System.getProperty("java.home"), "bin", "keytool").toString(), "-genkeypair", "-alias", "made",
                "-keyalg", algorithm, "-keysize", String.valueOf(bits), "-dname", "CN=" + algorithm + bits, "-validity", "3650", "-storetype", "PKCS12",
                "-keystore", made.toString(), "-storepass", STORE_PASSWORD).redirectErrorStream(true).start();
        String output = new String(keytool.getInputStream().readAllBytes(), US_ASCII);
        if (keytool.waitFor() != 0) {
            throw new IOException(output);
        }
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(made)) {
            store.load(in, STORE_PASSWORD.toCharArray());
        }
        certificate = store.getCertificate("made");
        key = (PrivateKey) store.getKey("made", STORE_PASSWORD.toCharArray());
    }

    /** A file with the certificate. */
    String trustStore(String type) throws GeneralSecurityException, IOException {
        KeyStore store = empty(type);
        store.setCertificateEntry("trusted", certificate);
        return write(store, "trust." + type);
    }

    /** A file with the key, once for each alias; {@code keyPassword} opens it. */
    String keyStore(String type, String keyPassword, String... aliases) throws GeneralSecurityException, IOException {
        KeyStore store = empty(type);
        for (String alias : aliases) {
            store.setKeyEntry(alias, key, keyPassword.toCharArray(), new Certificate[] {certificate});
        }
        return write(store, "keys" + aliases.length + keyPassword.length() + "." + type);
    }

    String file(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text).toString();
    }

    String certificatePem() throws GeneralSecurityException {
        return pem("CERTIFICATE", certificate.getEncoded());
    }

    String keyPem() {
        return pem("PRIVATE KEY", key.getEncoded());
    }

    /** As {@code openssl pkcs8 -topk8} does it (PBES2, RFC 8018), or with {@code PBEWithSHA1AndDESede} as it once did. */
    String encryptedKeyPem(String algorithm) throws GeneralSecurityException, IOException {
        Cipher cipher = Cipher.getInstance(algorithm);
        cipher.init(Cipher.ENCRYPT_MODE, SecretKeyFactory.getInstance(algorithm).generateSecret(new PBEKeySpec(KEY_PASSWORD.toCharArray())));
        byte[] encrypted = cipher.doFinal(key.getEncoded());
        if (!algorithm.startsWith("PBEWithHmac")) {
            return pem("ENCRYPTED PRIVATE KEY", new EncryptedPrivateKeyInfo(cipher.getParameters(), encrypted).getEncoded());
        }
        // Which EncryptedPrivateKeyInfo cannot write before Java 19.
        return pem("ENCRYPTED PRIVATE KEY", der(0x30, der(0x30, PBES2, cipher.getParameters().getEncoded()), der(0x04, encrypted)));
    }

    static String pem(String label, byte[] der) {
        return "-----BEGIN " + label + "-----\n" + LINES.encodeToString(der) + "\n-----END " + label + "-----\n";
    }

    /** A value of DER of less than 64 KiB. */
    private static byte[] der(int tag, byte[]... parts) {
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            content.writeBytes(part);
        }
        ByteArrayOutputStream value = new ByteArrayOutputStream();
        int length = content.size();
        value.write(tag);
        if (length >= 0x80) {
            value.write(length < 0x100 ? 0x81 : 0x82);
        }
        if (length >= 0x100) {
            value.write(length >> 8);
        }
        value.write(length);
        value.writeBytes(content.toByteArray());
        return value.toByteArray();
    }

    private static KeyStore empty(String type) throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance(type);
        store.load(null, null);
        return store;
    }

    private String write(KeyStore store, String name) throws GeneralSecurityException, IOException {
        Path file = folder.resolve(name);
        try (OutputStream out = Files.newOutputStream(file)) {
            store.store(out, STORE_PASSWORD.toCharArray());
        }
        return file.toString();
    }
}
