// The library of Blorp, made from PieFed's own description of its API; each answer is held against the schema that was
// made beside it, where there is one.

import { createClient } from "@blorp-labs/piefed-api-client";
import * as schemas from "@blorp-labs/piefed-api-client/zod";

export function clientFor(address, headers) {
  const client = createClient(address, { headers });
  return new Proxy(client, {
    get: (_, call) => async (...args) => {
      const answer = await client[call](...args);
      const schema = schemas[`${call}Response`];
      return schema ? schema.parse(answer) : answer;
    },
  });
}
