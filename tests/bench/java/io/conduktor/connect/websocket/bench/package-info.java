/** The benchmarks: figures of the connector beside those of a limit or a rival, measured in the same run. */
package io.conduktor.connect.websocket.bench;
