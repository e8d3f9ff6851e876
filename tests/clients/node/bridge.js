// Calls an app library for the tests: `node bridge.js LIBRARY ADDRESS`. A call comes in as a line of JSON, as
// {"token": ..., "call": name, "with": its argument}; what the library makes of it goes out as the next line,
// as {"answer": ...} or {"refusal": {"name": ..., "message": ...}}. {"$file": path} in an argument stands for the file.

import { File } from "node:buffer";
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { createInterface } from "node:readline";

const [library, address] = process.argv.slice(2);
const { clientFor } = await import(`./${library}.js`);
const clients = new Map();

function clientOf(token) {
  if (!clients.has(token)) {
    clients.set(token, clientFor(address, token ? { Authorization: `Bearer ${token}` } : {}));
  }
  return clients.get(token);
}

function fileOf({ $file: path }) {
  return new File([readFileSync(path)], basename(path));
}

function read(line) {
  return JSON.parse(line, (_, value) => (value?.$file ? fileOf(value) : value));
}

for await (const line of createInterface({ input: process.stdin })) {
  const { token, call, with: argument } = read(line);
  let said;
  try {
    const answer = await clientOf(token)[call](...(argument === undefined ? [] : [argument]));
    said = { answer: answer ?? null };
  } catch (error) {
    const message = error.data ? JSON.stringify(error.data) : error.message;
    said = { refusal: { name: error.constructor.name, message } };
  }
  console.log(JSON.stringify(said));
}
