// The numbers on ws. See ../README.md.
'use strict';

const fs = require('fs');
const http = require('http');
const https = require('https');
const path = require('path');

const library = path.join(process.env.NODE_MODULES, 'ws');
const { WebSocketServer } = require(library);
const { version } = JSON.parse(fs.readFileSync(path.join(library, 'package.json'), 'utf8'));

const { PORT, CERT, KEY, PING } = process.env;
const REASON = 'all sent';

const server = CERT ? https.createServer({ cert: fs.readFileSync(CERT), key: fs.readFileSync(KEY) }) : http.createServer();
const sockets = new WebSocketServer({ server, perMessageDeflate: { threshold: 0 } });

sockets.on('connection', (socket) => {
  socket.answered = true;
  socket.on('pong', () => { socket.answered = true; });
  socket.on('error', (error) => console.log(`error ${error.message}`));
  socket.on('close', (code) => console.log(`closed ${code === 1005 ? 1006 : code}`));
  socket.once('message', (data) => {
    console.log(`subscribed ${data}`);
    const { count, close } = JSON.parse(data);
    for (let n = 1; n <= count; n++) {
      socket.send(`{"n":${n}}`);
    }
    if (close) {
      socket.close(close, REASON);
    }
  });
});

if (PING) {
  // The recipe of the library's own documentation.
  setInterval(() => {
    for (const socket of sockets.clients) {
      if (!socket.answered) {
        socket.terminate();
      } else {
        socket.answered = false;
        socket.ping();
      }
    }
  }, PING * 1000);
}

process.on('SIGTERM', () => {
  server.close();
  for (const socket of sockets.clients) {
    socket.once('close', () => sockets.clients.size || process.exit());
    socket.close(1001);
  }
  setTimeout(() => process.exit(), sockets.clients.size ? 2000 : 0);
});

server.listen(Number(PORT), '127.0.0.1', () => console.log(`listening ws ${version}`));
