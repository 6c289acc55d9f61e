package io.conduktor.connect.websocket;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Cipher;
import javax.crypto.EncryptedPrivateKeyInfo;
import javax.crypto.SecretKey;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;

/**
 * Certificates and private keys in PEM (RFC 7468). What is wrong is told by {@link IllegalArgumentException}s, whose sentence continues the
 * name of a key of the configuration, and which hold nothing of the text.
 */
final class Pem {
    private static final Pattern BLOCK = Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END \\1-----");
    /** What names the whole of PKCS#5's scheme 2; its parameters name the algorithms (RFC 8018 appendix A.4). */
    private static final List<String> PBES2 = List.of("PBES2", "1.2.840.113549.1.5.13");

    private Pem() {
    }

    /** The certificates in a text, each as DER; one at least. */
    static List<byte[]> certificates(String text) {
        List<byte[]> certificates = new ArrayList<>();
        Matcher blocks = BLOCK.matcher(text);
        while (blocks.find()) {
            if (blocks.group(1).equals("CERTIFICATE")) {
                certificates.add(certificate(decode(blocks.group(2))));
            }
        }
        require(!certificates.isEmpty(), "has no certificate in PEM (BEGIN CERTIFICATE)");
        return certificates;
    }

    private static byte[] certificate(byte[] der) {
        try {
            return CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(der)).getEncoded();
        } catch (CertificateException e) {
            throw new IllegalArgumentException("has a certificate that cannot be read");
        }
    }

    /** The private key in a text, as PKCS#8 DER; the password is that of an encrypted one and may be null. */
    static byte[] privateKey(String text, String password) {
        Matcher blocks = BLOCK.matcher(text);
        while (blocks.find()) {
            switch (blocks.group(1)) {
                case "PRIVATE KEY":
                    return decode(blocks.group(2));
                case "ENCRYPTED PRIVATE KEY":
                    require(password != null, "has an encrypted private key, which needs " + SslKeys.KEY_PASSWORD);
                    return decrypt(decode(blocks.group(2)), password);
                case "RSA PRIVATE KEY":
                case "EC PRIVATE KEY":
                    throw new IllegalArgumentException("has a private key in the form of BEGIN " + blocks.group(1)
                            + "; make it PKCS#8: openssl pkcs8 -topk8 -in KEY");
                default: // A certificate, or the parameters of a curve.
            }
        }
        throw new IllegalArgumentException("has no private key in PEM (BEGIN PRIVATE KEY or BEGIN ENCRYPTED PRIVATE KEY)");
    }

    private static byte[] decrypt(byte[] der, String password) {
        EncryptedPrivateKeyInfo info;
        Cipher cipher;
        SecretKeyFactory factory;
        try {
            info = new EncryptedPrivateKeyInfo(der);
            AlgorithmParameters parameters = info.getAlgParameters();
            String algorithm = PBES2.contains(info.getAlgName().toUpperCase(Locale.ROOT)) && parameters != null ? parameters.toString()
                    : info.getAlgName();
            factory = SecretKeyFactory.getInstance(algorithm);
            cipher = Cipher.getInstance(algorithm);
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalArgumentException("has a private key that is encrypted in a way that this JVM does not know; try openssl pkcs8 -topk8 "
                    + "-v2 aes-256-cbc -in KEY");
        }
        PBEKeySpec spec = new PBEKeySpec(password.toCharArray());
        try {
            SecretKey key = factory.generateSecret(spec);
            cipher.init(Cipher.DECRYPT_MODE, key, info.getAlgParameters());
            return info.getKeySpec(cipher).getEncoded();
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException("has a private key that " + SslKeys.KEY_PASSWORD + " does not open");
        } finally {
            spec.clearPassword();
        }
    }

    private static byte[] decode(String base64) {
        try {
            return Base64.getMimeDecoder().decode(base64);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("has PEM that is cut off or damaged");
        }
    }

    private static void require(boolean condition, String problem) {
        if (!condition) {
            throw new IllegalArgumentException(problem);
        }
    }
}
