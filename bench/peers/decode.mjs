// Decodes a file of spot-event frames with `@reiryoku/ctrader-layer`, as its connection does for each event, and prints
// frames per second.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const require = createRequire(import.meta.url);
const root = join(dirname(require.resolve('@reiryoku/ctrader-layer')), '..', '..');
const { CTraderEncoderDecoder } = require(join(root, 'src/core/encoder-decoder/CTraderEncoderDecoder.js'));
const { CTraderProtobufReader } = require(join(root, 'src/core/protobuf/CTraderProtobufReader.js'));

const reader = new CTraderProtobufReader([
  { file: join(root, '../protobuf/OpenApiCommonMessages.proto') },
  { file: join(root, '../protobuf/OpenApiMessages.proto') },
]);
reader.load();
reader.build();

const frames = readFileSync(process.argv[2]);
const seconds = Number(process.argv[3]);
// What a TLS socket hands over at once.
const chunk = 16 * 1024;
let events = 0;
let sum = 0;
const decoder = new CTraderEncoderDecoder();
decoder.setDecodeHandler((data) => {
  const { payload } = reader.decode(data);
  sum += JSON.parse(payload.encodeJSON()).bid;
  events++;
});

// Whole passes over the file, so that no frame is left half read.
function perSecond(duration) {
  events = 0;
  const begin = performance.now();
  while (performance.now() - begin < duration * 1000) {
    for (let at = 0; at < frames.length; at += chunk) {
      decoder.decode(frames.subarray(at, at + chunk));
    }
  }
  return events / ((performance.now() - begin) / 1000);
}

perSecond(seconds / 4);
console.log(JSON.stringify({ perSecond: perSecond(seconds), sum }));
