package io.conduktor.connect.websocket;

import org.apache.kafka.connect.errors.ConnectException;

/** Reads the certificates and the key that a configuration names. For one task; not thread-safe. */
final class TlsStores {
    /**
     * What is there now; nothing if the configuration talks TLS to nobody.
     *
     * @throws ConnectException if it cannot be read
     */
    TlsMaterial read(WebSocketSourceConnectorConfig config) {
        return config.speaksTls() ? new TlsMaterial(TrustAnchors.ofJvm(), new byte[0][]) : TlsMaterial.NONE;
    }
}
