/** The connector against servers and proxies that others wrote; what they do is in {@code tests/gates/servers/README.md}. */
package io.conduktor.connect.websocket.gates.interop;
