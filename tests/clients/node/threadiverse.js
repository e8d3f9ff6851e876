// The library of Voyager. It finds out by itself what kind of server it speaks with.

import { ThreadiverseClient } from "threadiverse";

export function clientFor(address, headers) {
  return new ThreadiverseClient(address, { headers });
}
