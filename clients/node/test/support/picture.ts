// Slides as PNG, drawn without any library.
import { deflateSync } from 'node:zlib';

const WIDTH = 640;
const HEIGHT = 360;

/** A slide of its own look for each number: a coloured title bar and blocks of lines, always the same bytes. */
export function slide(number: number): Buffer {
  const rows = Buffer.alloc(HEIGHT * (1 + WIDTH * 3), 0xf5);
  for (let y = 0; y < HEIGHT; y++) rows[y * (1 + WIDTH * 3)] = 0; // filter type "none"
  const random = generator(number);
  const title: Colour = [40 + random(180), 40 + random(180), 40 + random(180)];
  fill(rows, 0, 0, WIDTH, 40 + random(50), title);
  for (let line = 0; line < 7; line++) {
    const left = 20 + random(260);
    const shade = 10 + random(120);
    fill(rows, left, 110 + line * 34, left + 60 + random(300), 124 + line * 34, [shade, shade, 160 - shade]);
  }
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    chunk('IHDR', header()),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

type Colour = readonly [number, number, number];

function fill(rows: Buffer, x0: number, y0: number, x1: number, y1: number, colour: Colour): void {
  for (let y = y0; y < Math.min(y1, HEIGHT); y++) {
    for (let x = x0; x < Math.min(x1, WIDTH); x++) rows.set(colour, y * (1 + WIDTH * 3) + 1 + x * 3);
  }
}

function header(): Buffer {
  const data = Buffer.alloc(13);
  data.writeUInt32BE(WIDTH, 0);
  data.writeUInt32BE(HEIGHT, 4);
  data.set([8, 2, 0, 0, 0], 8); // 8 bits, RGB
  return data;
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  body.copy(framed, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
}

function crc32(data: Buffer): number {
  let crc = 0xffffffff;
  for (const byte of data) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}

/** A linear congruential generator; numbers below `limit`. */
function generator(seed: number): (limit: number) => number {
  let state = (seed * 2654435761 + 12345) >>> 0;
  return (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}
