/** The gates of reliability on real brokers and workers. What is tagged {@code long} is not part of {@code make test}. */
package io.conduktor.connect.websocket.gates;
