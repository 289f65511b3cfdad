// A WebSocket server on the `ws` package that sends every client the same JSON message as fast as they take it.
// Prints its port; ends with standard input.
import { WebSocketServer } from 'ws';

const message = Buffer.from(process.argv[2]);
const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
server.on('listening', () => console.log(server.address().port));

// A client that has not taken what was sent to it is passed over: memory stays bounded, as it has to in real use.
const mostBuffered = 64 * 1024;

function round() {
  for (const client of server.clients) {
    if (client.readyState === client.OPEN && client.bufferedAmount < mostBuffered) {
      client.send(message, { binary: false });
    }
  }
  setImmediate(round);
}

round();
process.stdin.on('end', () => process.exit(0)).resume();
