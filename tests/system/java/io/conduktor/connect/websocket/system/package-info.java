/** Tests on real Kafka brokers and Connect workers, with the built JAR in a plugin folder. */
package io.conduktor.connect.websocket.system;
