/** A source connector without a source: what remains of a connector's cost when it does nothing is Connect's own. */
package io.conduktor.connect.websocket.bench.nullsource;
