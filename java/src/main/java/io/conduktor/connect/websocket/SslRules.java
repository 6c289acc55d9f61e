package io.conduktor.connect.websocket;

import static io.conduktor.connect.websocket.SslKeys.ENABLED_PROTOCOLS;
import static io.conduktor.connect.websocket.SslKeys.KEYSTORE_CERTIFICATE_CHAIN;
import static io.conduktor.connect.websocket.SslKeys.KEYSTORE_KEY;
import static io.conduktor.connect.websocket.SslKeys.KEYSTORE_LOCATION;
import static io.conduktor.connect.websocket.SslKeys.KEYSTORE_PASSWORD;
import static io.conduktor.connect.websocket.SslKeys.KEYSTORE_TYPE;
import static io.conduktor.connect.websocket.SslKeys.KEY_PASSWORD;
import static io.conduktor.connect.websocket.SslKeys.PROTOCOL;
import static io.conduktor.connect.websocket.SslKeys.TRUSTSTORE_CERTIFICATES;
import static io.conduktor.connect.websocket.SslKeys.TRUSTSTORE_LOCATION;
import static io.conduktor.connect.websocket.SslKeys.TRUSTSTORE_PASSWORD;
import static io.conduktor.connect.websocket.SslKeys.TRUSTSTORE_TYPE;
import static io.conduktor.connect.websocket.SslKeys.isPem;

import java.util.Arrays;
import java.util.Map;

/** What the keys of TLS say about each other, as Kafka's own clients see it. Texts name the key and hold no value. */
final class SslRules {
    private SslRules() {
    }

    /** Adds the contradictions, and what is wrong with PEM in a key: key to sentence. */
    static void problems(ConfigValues values, Map<String, String> problems) {
        trustStore(values, problems);
        keyStore(values, problems);
        if (SslKeys.versions(values).isEmpty()) {
            problems.put(ENABLED_PROTOCOLS, ENABLED_PROTOCOLS + " leaves no version of TLS that " + PROTOCOL + " allows");
        }
    }

    private static void trustStore(ConfigValues values, Map<String, String> problems) {
        boolean file = values.isSet(TRUSTSTORE_LOCATION);
        boolean pem = isPem(values, TRUSTSTORE_TYPE);
        if (values.isSet(TRUSTSTORE_CERTIFICATES)) {
            if (file) {
                together(TRUSTSTORE_CERTIFICATES, TRUSTSTORE_LOCATION, problems);
            } else if (!pem) {
                problems.put(TRUSTSTORE_CERTIFICATES, TRUSTSTORE_CERTIFICATES + " needs " + TRUSTSTORE_TYPE + "=PEM");
            } else {
                inPlace(TRUSTSTORE_CERTIFICATES, () -> Pem.certificates(values.text(TRUSTSTORE_CERTIFICATES)), problems);
            }
        } else if (!file) {
            needsStore(values, TRUSTSTORE_TYPE, TRUSTSTORE_LOCATION + " or " + TRUSTSTORE_CERTIFICATES, problems);
        }
        if (values.isSet(TRUSTSTORE_PASSWORD) && pem) {
            problems.put(TRUSTSTORE_PASSWORD, TRUSTSTORE_PASSWORD + " must not be set with " + TRUSTSTORE_TYPE + "=PEM: certificates in PEM have none");
        } else if (!file) {
            needsStore(values, TRUSTSTORE_PASSWORD, TRUSTSTORE_LOCATION, problems);
        }
    }

    private static void keyStore(ConfigValues values, Map<String, String> problems) {
        boolean file = values.isSet(KEYSTORE_LOCATION);
        boolean pem = isPem(values, KEYSTORE_TYPE);
        boolean inPlace = values.isSet(KEYSTORE_KEY);
        if (inPlace) {
            if (file) {
                together(KEYSTORE_KEY, KEYSTORE_LOCATION, problems);
            } else if (!pem) {
                problems.put(KEYSTORE_KEY, KEYSTORE_KEY + " needs " + KEYSTORE_TYPE + "=PEM");
            } else if (!values.isSet(KEYSTORE_CERTIFICATE_CHAIN)) {
                problems.put(KEYSTORE_KEY, KEYSTORE_KEY + " needs " + KEYSTORE_CERTIFICATE_CHAIN);
            } else {
                inPlace(KEYSTORE_KEY, () -> Arrays.fill(Pem.privateKey(values.text(KEYSTORE_KEY), values.text(KEY_PASSWORD)), (byte) 0), problems);
                inPlace(KEYSTORE_CERTIFICATE_CHAIN, () -> Pem.certificates(values.text(KEYSTORE_CERTIFICATE_CHAIN)), problems);
            }
        } else {
            needsStore(values, KEYSTORE_CERTIFICATE_CHAIN, KEYSTORE_KEY, problems);
        }
        if (values.isSet(KEYSTORE_PASSWORD) && pem) {
            problems.put(KEYSTORE_PASSWORD, KEYSTORE_PASSWORD + " must not be set with " + KEYSTORE_TYPE + "=PEM: use " + KEY_PASSWORD);
        } else if (!file) {
            needsStore(values, KEYSTORE_PASSWORD, KEYSTORE_LOCATION, problems);
        } else if (!pem && !values.isSet(KEYSTORE_PASSWORD)) {
            problems.put(KEYSTORE_LOCATION, KEYSTORE_LOCATION + " needs " + KEYSTORE_PASSWORD);
        }
        if (!file && !inPlace) {
            needsStore(values, KEYSTORE_TYPE, KEYSTORE_LOCATION + " or " + KEYSTORE_KEY, problems);
            needsStore(values, KEY_PASSWORD, KEYSTORE_LOCATION + " or " + KEYSTORE_KEY, problems);
        }
    }

    private static void together(String key, String other, Map<String, String> problems) {
        problems.put(key, key + " must not be set together with " + other);
    }

    private static void needsStore(ConfigValues values, String key, String store, Map<String, String> problems) {
        if (values.isSet(key)) {
            problems.put(key, key + " has no effect without " + store);
        }
    }

    private static void inPlace(String key, Runnable read, Map<String, String> problems) {
        try {
            read.run();
        } catch (IllegalArgumentException e) {
            problems.put(key, key + " " + e.getMessage());
        }
    }
}
