// The library of Blorp, made from PieFed's own description of its API; each answer is held against the schema beside it.

import { createClient } from "@blorp-labs/piefed-api-client";
import * as schemas from "@blorp-labs/piefed-api-client/zod";

export function clientFor(address, headers) {
  const client = createClient(address, { headers });
  return new Proxy(client, {
    get: (_, call) => async (...args) => schemas[`${call}Response`].parse(await client[call](...args)),
  });
}
