/** What the benchmarks need from inside the connector's package. */
package io.conduktor.connect.websocket;
