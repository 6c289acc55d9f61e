package io.conduktor.connect.websocket;

import java.util.Arrays;

/** Whom a session trusts and who it is: certificates and a private key. Closing it overwrites the key. */
final class TlsMaterial implements AutoCloseable {
    /** For a configuration that talks TLS to nobody. */
    static final TlsMaterial NONE = new TlsMaterial(new byte[0][], new byte[0][]);

    private final byte[][] trustAnchors;
    private final byte[][] clientIdentity;

    /** The arrays are taken over. */
    TlsMaterial(byte[][] trustAnchors, byte[][] clientIdentity) {
        this.trustAnchors = trustAnchors;
        this.clientIdentity = clientIdentity;
    }

    /** DER certificates. */
    byte[][] trustAnchors() {
        return trustAnchors;
    }

    /** Our certificate and those above it as DER, and last its private key as PKCS#8 DER; empty if there is none. */
    byte[][] clientIdentity() {
        return clientIdentity;
    }

    @Override
    public void close() {
        if (clientIdentity.length > 0) {
            Arrays.fill(clientIdentity[clientIdentity.length - 1], (byte) 0);
        }
    }
}
