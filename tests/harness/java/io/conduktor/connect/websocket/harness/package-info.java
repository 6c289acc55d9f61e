/** Starts, asks and stops real Kafka brokers, Connect workers and feeds, each a process of its own. Knows no test framework. */
package io.conduktor.connect.websocket.harness;
