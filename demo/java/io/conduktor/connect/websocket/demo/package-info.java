/** {@code make demo}: the connector at work on a real broker and worker, with a live view. */
package io.conduktor.connect.websocket.demo;
