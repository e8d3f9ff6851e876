// A server that others wrote the protocol of: people and groups on Fedify, told what to do over a second port.
//
//   node peer.js ORIGIN PORT CONTROL_PORT SIGNATURE
//
// ORIGIN is where other servers reach it. SIGNATURE is the kind that it tries first: "draft-cavage-http-signatures-12"
// or "rfc9421". People are called u-…, groups c-…; all of them exist as soon as somebody asks for them. The second port
// takes POST /VERB with a JSON object, and GET /heard gives what has come in so far.
import "./temporal.js";

import http from "node:http";

import { createFederation, generateCryptoKeyPair, InProcessMessageQueue, MemoryKvStore } from "@fedify/fedify";
import * as vocab from "@fedify/fedify/vocab";

const [origin, port, controlPort, signature] = process.argv.slice(2);
const heard = [];
const followers = new Map();
const keys = new Map();
const pages = new Map();

const federation = createFederation({
  kv: new MemoryKvStore(),
  queue: new InProcessMessageQueue(),
  origin,
  allowPrivateAddress: true,
  firstKnock: signature,
});

const fresh = () => new URL(`${origin}/activities/${crypto.randomUUID()}`);

federation
  .setActorDispatcher("/x/{identifier}", async (context, name) => {
    if (!/^[cu]-\w+$/.test(name)) return null;
    const pairs = await context.getActorKeyPairs(name);
    const Kind = name.startsWith("c-") ? vocab.Group : vocab.Person;
    return new Kind({
      id: context.getActorUri(name),
      url: context.getActorUri(name),
      preferredUsername: name,
      name: `The ${name}`,
      summary: `About <b>${name}</b>.`,
      inbox: context.getInboxUri(name),
      outbox: context.getOutboxUri(name),
      followers: context.getFollowersUri(name),
      endpoints: new vocab.Endpoints({ sharedInbox: context.getInboxUri() }),
      publicKey: pairs[0].cryptographicKey,
      assertionMethods: pairs.map((pair) => pair.multikey),
    });
  })
  .setKeyPairsDispatcher(async (_context, name) => {
    if (!keys.has(name)) keys.set(name, [await generateCryptoKeyPair("RSASSA-PKCS1-v1_5")]);
    return keys.get(name);
  });
federation.setFollowersDispatcher("/x/{identifier}/followers", (_context, name) => ({
  items: [...(followers.get(name)?.values() ?? [])],
}));
federation.setOutboxDispatcher("/x/{identifier}/outbox", () => ({ items: [] }));
federation.setObjectDispatcher(vocab.Page, "/pages/{id}", (_context, { id }) => pages.get(id) ?? null);
federation.setNodeInfoDispatcher("/nodeinfo/2.1", () => ({
  software: { name: "fedify", version: "2.3.6" },
  protocols: ["activitypub"],
  usage: { users: {}, localPosts: 0, localComments: 0 },
}));

federation
  .setInboxListeners("/x/{identifier}/inbox", "/inbox")
  .on(vocab.Follow, async (context, follow) => {
    await note(follow);
    const follower = await follow.getActor(context);
    const name = context.parseUri(follow.objectId)?.identifier;
    if (!name || !follower) return;
    followers.set(name, (followers.get(name) ?? new Map()).set(follower.id.href, follower));
    const accept = new vocab.Accept({ id: fresh(), actor: follow.objectId, object: follow });
    await context.sendActivity({ identifier: name }, follower, accept);
  })
  .on(vocab.Undo, async (_context, undo) => {
    await note(undo);
    const undone = await undo.getObject();
    if (undone instanceof vocab.Follow) {
      for (const ones of followers.values()) ones.delete(undone.actorId?.href);
    }
  })
  .on(vocab.Activity, async (_context, activity) => note(activity))
  .onError((_context, error) => heard.push({ type: "error", error: String(error) }));

async function note(activity) {
  heard.push(await activity.toJsonLd({ format: "compact" }));
}

// What the second port can ask for: each gets the context and the fields of the question.
const verbs = {
  async lookup(context, { url }) {
    const found = await context.lookupObject(url);
    return { found: found ? await found.toJsonLd() : null };
  },
  async follow(context, { from, to }) {
    const whom = await context.lookupObject(to);
    return send(context, from, whom, vocab.Follow, { object: whom.id });
  },
  async vote(context, { from, to, object, down }) {
    const place = await context.lookupObject(to);
    const Kind = down ? vocab.Dislike : vocab.Like;
    return send(context, from, place, Kind, { object: new URL(object), audience: place.id });
  },
  async publish(context, { from, to, title, text }) {
    const place = await context.lookupObject(to);
    const id = crypto.randomUUID();
    const page = new vocab.Page({
      id: context.getObjectUri(vocab.Page, { id }),
      attribution: context.getActorUri(from),
      name: title,
      content: text,
      audience: place.id,
      tos: [place.id, vocab.PUBLIC_COLLECTION],
      published: Temporal.Now.instant(),
    });
    pages.set(id, page);
    return send(context, from, place, vocab.Create, { object: page, audience: place.id, tos: page.toIds });
  },
  async reply(context, { from, to, below, text }) {
    const place = await context.lookupObject(to);
    const reply = new vocab.Note({
      id: new URL(`${origin}/notes/${crypto.randomUUID()}`),
      attribution: context.getActorUri(from),
      content: text,
      replyTarget: new URL(below),
      audience: place.id,
      tos: [place.id, vocab.PUBLIC_COLLECTION],
      published: Temporal.Now.instant(),
    });
    return send(context, from, place, vocab.Create, { object: reply, audience: place.id, tos: reply.toIds });
  },
  async remove(context, { from, to, object }) {
    const place = await context.lookupObject(to);
    const tombstone = new vocab.Tombstone({ id: new URL(object) });
    return send(context, from, place, vocab.Delete, { object: tombstone, tos: [place.id, vocab.PUBLIC_COLLECTION] });
  },
};

async function send(context, from, to, Kind, fields) {
  const activity = new Kind({ id: fresh(), actor: context.getActorUri(from), ...fields });
  await context.sendActivity({ identifier: from }, to, activity, { immediate: true });
  return { id: activity.id.href, object: activity.objectId?.href };
}

async function body(incoming) {
  const pieces = [];
  for await (const piece of incoming) pieces.push(piece);
  return Buffer.concat(pieces);
}

async function federate(incoming, outgoing) {
  const content = ["GET", "HEAD"].includes(incoming.method) ? undefined : await body(incoming);
  const request = new Request(new URL(incoming.url, origin), {
    method: incoming.method,
    headers: Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]),
    body: content,
  });
  const answer = await federation.fetch(request, {
    contextData: undefined,
    onNotFound: () => new Response("not here", { status: 404 }),
    onNotAcceptable: () => new Response("not so", { status: 406 }),
  });
  outgoing.writeHead(answer.status, Object.fromEntries(answer.headers));
  outgoing.end(Buffer.from(await answer.arrayBuffer()));
}

async function control(incoming, outgoing) {
  const verb = incoming.url.slice(1);
  const answer =
    verb === "heard" ? heard : await verbs[verb](federation.createContext(new URL(origin), undefined), JSON.parse(await body(incoming)));
  outgoing.writeHead(200, { "Content-Type": "application/json" });
  outgoing.end(JSON.stringify(answer));
}

const serving = (handle) =>
  http.createServer((incoming, outgoing) =>
    handle(incoming, outgoing).catch((error) => {
      outgoing.writeHead(500, { "Content-Type": "text/plain" });
      outgoing.end(String(error.stack));
    }),
  );

federation.startQueue(undefined);
serving(federate).listen(Number(port), "127.0.0.1");
serving(control).listen(Number(controlPort), "127.0.0.1", () => console.log("serving"));
