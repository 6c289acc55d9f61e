package io.conduktor.connect.websocket;

import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.apache.kafka.connect.errors.ConnectException;

/** The certificates that a store makes a JVM trust, or that it trusts by itself ({@code javax.net.ssl.trustStore}). */
final class TrustAnchors {
    private TrustAnchors() {
    }

    /**
     * The accepted issuers of the default trust manager, each as DER. The JVM looks by itself whether its file has changed.
     *
     * @throws ConnectException if the trust store cannot be read or is empty
     */
    static byte[][] ofJvm() {
        byte[][] anchors;
        try {
            anchors = acceptedIssuers(null);
        } catch (GeneralSecurityException e) {
            throw new ConnectException("The JVM's trust store cannot be read, which TLS needs; check javax.net.ssl.trustStore of the worker, or set "
                    + SslKeys.TRUSTSTORE_LOCATION, e);
        }
        if (anchors.length == 0) {
            throw new ConnectException("The JVM's trust store holds no certificate, which TLS needs; set javax.net.ssl.trustStore of the worker, or "
                    + SslKeys.TRUSTSTORE_LOCATION);
        }
        return anchors;
    }

    /**
     * The same of a store that was read from a file.
     *
     * @throws ConnectException if there are none
     */
    static byte[][] of(KeyStore store, StoreFile file) {
        byte[][] anchors;
        try {
            anchors = acceptedIssuers(store);
        } catch (GeneralSecurityException e) {
            throw file.wrong("cannot be used: " + e.getMessage());
        }
        if (anchors.length == 0) {
            throw file.wrong("holds no trusted certificate. If it is encrypted, set " + SslKeys.TRUSTSTORE_PASSWORD + "; if OpenSSL made it, add the "
                    + "certificates with keytool -importcert");
        }
        return anchors;
    }

    /** Of the JVM if there is no store. */
    private static byte[][] acceptedIssuers(KeyStore store) throws GeneralSecurityException {
        List<byte[]> anchors = new ArrayList<>();
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        for (TrustManager manager : factory.getTrustManagers()) {
            if (manager instanceof X509TrustManager) {
                for (X509Certificate certificate : ((X509TrustManager) manager).getAcceptedIssuers()) {
                    anchors.add(certificate.getEncoded());
                }
            }
        }
        return anchors.toArray(new byte[0][]);
    }
}
