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

/** The certificates that this JVM trusts, so that the connector trusts what its worker trusts ({@code javax.net.ssl.trustStore}). */
final class TrustAnchors {
    private TrustAnchors() {
    }

    /**
     * The accepted issuers of the default trust manager, each as DER.
     *
     * @throws ConnectException if the trust store cannot be read or is empty
     */
    static byte[][] ofJvm() {
        List<byte[]> anchors = new ArrayList<>();
        try {
            TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init((KeyStore) null);
            for (TrustManager manager : factory.getTrustManagers()) {
                if (manager instanceof X509TrustManager) {
                    for (X509Certificate certificate : ((X509TrustManager) manager).getAcceptedIssuers()) {
                        anchors.add(certificate.getEncoded());
                    }
                }
            }
        } catch (GeneralSecurityException e) {
            throw new ConnectException("The JVM's trust store cannot be read, which wss:// needs; check javax.net.ssl.trustStore", e);
        }
        if (anchors.isEmpty()) {
            throw new ConnectException("The JVM's trust store holds no certificate, which wss:// needs; set javax.net.ssl.trustStore");
        }
        return anchors.toArray(new byte[0][]);
    }
}
